import { describe, expect, test } from "vitest";
import { parseRetryAfter, RETRY_AFTER_CAP_MS, retryDelayMs } from "./backoff.ts";

describe("without the server's word", () => {
  test("waits up to one second, then up to a fifth of the outage, up to a minute", () => {
    const longest = [0, 5_000, 10_000, 20_000, 300_000, 3_600_000].map((outage) =>
      retryDelayMs(outage, null, 1),
    );
    expect(longest).toEqual([1_000, 1_000, 2_000, 4_000, 60_000, 60_000]);
  });

  test("spreads clients over the whole wait", () => {
    expect([0, 0.25, 0.5].map((random) => retryDelayMs(20_000, null, random))).toEqual([0, 1_000, 2_000]);
  });
});

test("takes the server's time as a minimum, and adds up to a fifth", () => {
  expect([0, 0.5, 1].map((random) => retryDelayMs(9, 5_000, random))).toEqual([5_000, 5_500, 6_000]);
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 10, 21, 12, 0, 0);

  test.each([
    ["120", 120_000],
    ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
    ["999999999999", RETRY_AFTER_CAP_MS],
  ])("%j asks for a wait", (header, ms) => expect(parseRetryAfter(header, now)).toBe(ms));

  test.each([[null], [""], ["0"], ["soon"], ["-5"], ["Sat, 21 Nov 2026 11:59:00 GMT"]])(
    "%j does not",
    (header) => expect(parseRetryAfter(header, now)).toBeNull(),
  );
});
