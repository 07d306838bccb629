import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { within } from "./within.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("what answers in time is passed on, and leaves no timer behind", async () => {
  expect(await within(1_000, Promise.resolve("answer"))).toBe("answer");
  await expect(within(1_000, Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  expect(vi.getTimerCount()).toBe(0);
});

it("what does not is given up", async () => {
  const waiting = expect(within(1_000, new Promise(() => {}))).rejects.toThrow("no answer within 1000 ms");
  await vi.advanceTimersByTimeAsync(1_000);
  await waiting;
});
