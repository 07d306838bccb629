import type { PutOutcome } from "./outcome.ts";

/**
 * What a whole call failed of, as it is counted: `throttled` too much, too fast; `timeout` no answer in time; `unavailable` a 5xx, or
 * no connection; `refused` what the call holds; `permanent` an operator must act.
 */
export const FAILURE_CLASSES = ["throttled", "timeout", "unavailable", "refused", "permanent"] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** The class of a call's failure; undefined where the service judged its records, some of which may have failed by themselves. */
export function failureClassOf(outcome: PutOutcome): FailureClass | undefined {
  switch (outcome.kind) {
    case "answered":
      return undefined;
    case "transient":
      return outcome.code === "TimeoutError" ? "timeout" : "unavailable";
    case "throttled":
    case "refused":
    case "permanent":
      return outcome.kind;
  }
}
