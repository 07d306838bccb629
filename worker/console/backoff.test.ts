import { expect, it } from "vitest";
import { retryDelayMs } from "./backoff.ts";

it("each failure doubles the wait, up to half a minute", () => {
  const waits = [1, 2, 3, 7, 50].map((failures) => retryDelayMs(failures, () => 1));
  expect(waits).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
});

it("half of a wait is drawn", () => {
  expect([0, 0.5, 1].map((drawn) => retryDelayMs(2, () => drawn))).toEqual([500, 750, 1_000]);
});
