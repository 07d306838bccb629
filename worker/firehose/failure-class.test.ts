import { expect, it } from "vitest";
import { failureClassOf } from "./failure-class.ts";
import { outcomeOf } from "./outcome.ts";

const error = (code: string) => JSON.stringify({ __type: code, message: "m" });

it.each([
  ["throttled", 400, error("ThrottlingException")],
  ["unavailable", 503, error("ServiceUnavailableException")],
  ["refused", 400, error("InvalidArgumentException")],
  ["permanent", 400, error("AccessDeniedException")],
] as const)("a call that is %s counts as such", (failureClass, status, body) => {
  expect(failureClassOf(outcomeOf(status, body, 1))).toBe(failureClass);
});

it.each([
  ["timeout", "TimeoutError"],
  ["unavailable", "NetworkError"],
] as const)("a call without an answer counts as %s where it ended in a %s", (failureClass, code) => {
  expect(failureClassOf({ kind: "transient", code, message: "m" })).toBe(failureClass);
});

it("a call that was answered has not failed, whatever became of its records", () => {
  const failures = new Map([[0, { code: "InternalFailure", message: "m" }]]);
  expect(failureClassOf({ kind: "answered", failures })).toBeUndefined();
});
