import { describe, expect, test } from "vitest";
import { decide } from "./answer.ts";
import type { Reply } from "./transport.ts";

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const ANSWER = {
  request_id: "r",
  received_at: "…",
  accepted: 2,
  duplicates: 0,
  rejected: 0,
  retry: 0,
  results: [],
};

function answered(
  status: number,
  body: unknown,
  headers: { retryAfter?: string; date?: string } = {},
): Reply {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    kind: "answered",
    status,
    text,
    retryAfter: headers.retryAfter ?? null,
    date: headers.date ?? null,
  };
}

describe("an answer that judges each event", () => {
  test("accepts what it does not list", () => {
    expect(decide(answered(202, ANSWER), 2, NOW)).toEqual({
      kind: "judged",
      answer: ANSWER,
      retryAfterMs: null,
    });
  });

  test("may reject them all, with 422", () => {
    const verdicts = [{ index: 0, event_id: null, status: "rejected", errors: [] }];
    const answer = { ...ANSWER, results: verdicts };
    const decision = decide(answered(422, answer), 1, NOW);
    expect(decision).toEqual({ kind: "judged", answer, retryAfterMs: null });
  });

  test.each([
    ["a login page", "<html>Welcome to our hotel</html>"],
    ["half an answer", '{"request_id":"r","res'],
    ["someone else's JSON", { ok: true }],
    [
      "a verdict on an event that was not sent",
      { ...ANSWER, results: [{ index: 2, event_id: "x", status: "duplicate" }] },
    ],
    [
      "a verdict without an index",
      { ...ANSWER, results: [{ index: null, event_id: "x", status: "duplicate" }] },
    ],
    ["a verdict that has no meaning", { ...ANSWER, results: [{ index: 0, event_id: "x", status: "maybe" }] }],
  ])("is not %s: nothing is known to be stored, so it is sent again", (_, body) => {
    const message = "not a collector's answer";
    expect(decide(answered(200, body), 2, NOW)).toEqual({
      kind: "retry",
      status: 200,
      message,
      retryAfterMs: null,
    });
  });
});

describe("a failed request", () => {
  test.each([[302], [400], [401], [403], [404], [408], [425], [429], [500], [502], [503], [504]])(
    "%i, where the collector does not say it, passes: the batch is sent again",
    (status) =>
      expect(decide(answered(status, ""), 2, NOW)).toEqual({
        kind: "retry",
        status,
        message: `HTTP ${status}`,
        retryAfterMs: null,
      }),
  );

  test.each([[400], [404], [415], [422]])("%i is final for the batch", (status) =>
    expect(decide(answered(status, { title: "No", code: "some_code" }), 2, NOW)).toEqual({
      kind: "refused",
      status,
      message: "No",
    }),
  );

  test.each([[401], [403]])("%i is final for the key", (status) =>
    expect(
      decide(answered(status, { title: "No", code: "revoked_key", detail: "Revoked." }), 2, NOW),
    ).toEqual({
      kind: "unauthorized",
      status,
      message: "Revoked.",
    }),
  );

  test("413 asks for less", () =>
    expect(decide(answered(413, ""), 2, NOW)).toEqual({
      kind: "too_large",
      status: 413,
      message: "HTTP 413",
    }));

  test("without an answer is sent again", () =>
    expect(decide({ kind: "unreachable", message: "refused" }, 2, NOW)).toEqual({
      kind: "retry",
      status: null,
      message: "refused",
      retryAfterMs: null,
    }));
});

test("measures a Retry-After date by the server's clock, for the device's may be wrong", () => {
  const headers = { retryAfter: "Fri, 20 Nov 2026 08:00:07 GMT", date: "Fri, 20 Nov 2026 08:00:00 GMT" };
  expect(decide(answered(503, "", headers), 2, NOW)).toMatchObject({ kind: "retry", retryAfterMs: 7_000 });
});
