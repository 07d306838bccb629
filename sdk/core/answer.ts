import type { IngestAnswer, Verdict } from "../events.ts";
import { parseRetryAfter } from "./backoff.ts";
import type { Reply } from "./transport.ts";

/** What an attempt's reply means for its batch. */
export type Decision =
  /** The collector judged each event: settle all but those whose verdict is `retry`. */
  | { kind: "judged"; answer: IngestAnswer; retryAfterMs: number | null }
  /** Send the same batch again. */
  | { kind: "retry"; status: number | null; message: string; retryAfterMs: number | null }
  /** Send less at once. */
  | { kind: "too_large"; status: number; message: string }
  /** This batch will never be taken. */
  | { kind: "refused"; status: number; message: string }
  /** Nothing from this key will be taken. */
  | { kind: "unauthorized"; status: number; message: string };

const VERDICT_STATUSES: readonly unknown[] = ["accepted", "duplicate", "rejected", "retry"];

/** What a reply may say, whoever wrote it. */
type Said = Partial<Record<"results" | "code" | "detail" | "title", unknown>> | null;

/** Decides what to do with a batch of `events` after this reply. `nowMs` is the wall clock, in milliseconds since the epoch. */
export function decide(reply: Reply, events: number, nowMs: number): Decision {
  if (reply.kind === "unreachable") {
    return { kind: "retry", status: null, message: reply.message, retryAfterMs: null };
  }
  const { status } = reply;
  const said = parse(reply.text);
  // A date is measured from the server's own clock, where it tells: the device's may be hours off.
  const retryAfterMs = parseRetryAfter(reply.retryAfter, Date.parse(reply.date ?? "") || nowMs);
  const ok = status >= 200 && status < 300;
  if ((ok || status === 422) && isAnswer(said, events)) return { kind: "judged", answer: said, retryAfterMs };

  const message = ok ? "not a collector's answer" : problemOf(said, status);
  if (status === 413) return { kind: "too_large", status, message };
  // Only the collector itself may refuse for good: a hotel's login page says 403 as well, and 404 whatever stands at a wrong address.
  if (status >= 400 && status < 500 && said?.code) {
    if (status === 401 || status === 403) return { kind: "unauthorized", status, message };
    if (![408, 425, 429].includes(status)) return { kind: "refused", status, message };
  }
  // What remains passes: an overloaded collector, or something in front of it.
  return { kind: "retry", status, message, retryAfterMs };
}

/** Whether this is the collector's answer to a batch of `events`. Where it is not, nothing is known to be stored. */
function isAnswer(said: Said | IngestAnswer, events: number): said is IngestAnswer {
  const results = said?.results;
  return Array.isArray(results) && results.every((verdict) => isVerdict(verdict, events));
}

function isVerdict(verdict: Partial<Record<keyof Verdict, unknown>> | null, events: number): boolean {
  const index = Number.isInteger(verdict?.index) ? Number(verdict?.index) : -1;
  return index >= 0 && index < events && VERDICT_STATUSES.includes(verdict?.status);
}

/** What an RFC 9457 problem says; otherwise the status. */
function problemOf(said: Said, status: number): string {
  const text = said?.detail ?? said?.title;
  return typeof text === "string" ? text : `HTTP ${status}`;
}

function parse(text: string): Said {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
