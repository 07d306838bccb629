import * as z from "zod";

/** What is checked. With hyphens it is the anchor of its runbook in `docs/operations.md`. */
export const checkSchema = z.enum([
  "stuck_queue",
  "breaker_open",
  "queue_unreachable",
  "dead_letters_growing",
  "reject_rate",
  "silence",
  "revenue_anomaly",
  "rates_old",
  "cron_failed",
]);
export type CheckName = z.infer<typeof checkSchema>;

/** What a check finds. */
export type Verdict =
  | { kind: "fine" }
  /** It cannot be said: an open incident stays as it is. */
  | { kind: "unknown" }
  /** `since` in milliseconds since 1970; `detail` says it in numbers, and names no player and nothing that a client wrote. */
  | { kind: "firing"; since: number; detail: string };

export const FINE: Verdict = { kind: "fine" };
export const UNKNOWN: Verdict = { kind: "unknown" };

/** A verdict, and on what. */
export interface Finding {
  check: CheckName;
  /** The currency or the cron, where a check looks at several; else null. */
  about: string | null;
  verdict: Verdict;
}

/** Where to read what to do. */
export function runbookOf(check: CheckName): string {
  return `docs/operations.md#${check.replaceAll("_", "-")}`;
}
