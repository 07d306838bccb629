import { parseRetryAfter } from "./backoff.ts";
import type { IngestAnswer, Verdict } from "../events.ts";
import type { Reply } from "./transport.ts";

/** What an attempt's reply means for its batch. */
export type Decision =
  /** The collector judged each event: settle all but those whose verdict is `retry`. */
  | { kind: "judged"; verdicts: Verdict[]; retryAfterMs: number | null }
  /** Send the same batch again. */
  | { kind: "retry"; status: number | null; message: string; retryAfterMs: number | null }
  /** Send less at once. */
  | { kind: "too_large"; status: number; message: string }
  /** This batch will never be taken. */
  | { kind: "refused"; status: number; message: string }
  /** Nothing from this key will be taken. */
  | { kind: "unauthorized"; status: number; message: string };

const VERDICT_STATUSES: readonly unknown[] = ["accepted", "duplicate", "rejected", "retry"];

/** Decides what to do with a batch of `events` after this reply. `nowMs` is the wall clock, in milliseconds since the epoch. */
export function decide(reply: Reply, events: number, nowMs: number): Decision {
  if (reply.kind === "unreachable") {
    return { kind: "retry", status: null, message: reply.message, retryAfterMs: null };
  }
  const { status } = reply;
  // A date is measured from the server's own clock, where it tells: the device's may be hours off.
  const retryAfterMs = parseRetryAfter(reply.retryAfter, Date.parse(reply.date ?? "") || nowMs);
  const ok = status >= 200 && status < 300;
  const answer = ok || status === 422 ? readAnswer(reply.text, events) : null;
  if (answer) return { kind: "judged", verdicts: answer.results, retryAfterMs };

  const message = ok ? "an answer that no collector gives" : problemOf(reply.text, status);
  if (status === 401 || status === 403) return { kind: "unauthorized", status, message };
  if (status === 413) return { kind: "too_large", status, message };
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status))
    return { kind: "refused", status, message };
  // What remains passes: an overloaded collector, or something in front of it (a proxy, a hotel's login page).
  return { kind: "retry", status, message, retryAfterMs };
}

/** Reads the collector's answer to a batch of `events`; `null` where the text is none, for then nothing is known to be stored. */
function readAnswer(text: string, events: number): Pick<IngestAnswer, "results"> | null {
  const results = field(parse(text), "results");
  if (!Array.isArray(results)) return null;
  const isVerdict = (value: unknown): value is Verdict => {
    const index = field(value, "index");
    const inBatch = typeof index === "number" && Number.isInteger(index) && index >= 0 && index < events;
    return inBatch && VERDICT_STATUSES.includes(field(value, "status"));
  };
  return results.every(isVerdict) ? { results } : null;
}

/** What an RFC 9457 problem says; otherwise the status. */
function problemOf(text: string, status: number): string {
  const problem = parse(text);
  const said = field(problem, "detail") ?? field(problem, "title");
  return typeof said === "string" ? said : `HTTP ${status}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
