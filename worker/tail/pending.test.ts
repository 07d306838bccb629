import { describe, expect, it } from "vitest";
import { keyOf } from "../events/filter.ts";
import type { TailItem } from "./items.ts";
import { MAX_FRAME_BYTES, MAX_FRAME_ITEMS } from "./limits.ts";
import { frameOf, Pending } from "./pending.ts";

const item = (json: string, user = "someone"): TailItem => ({
  user,
  type: "custom",
  status: "accepted",
  json,
  bytes: json.length,
});

const showing = (items: TailItem[], skipped = new Map<string, number>()) => ({ items, skipped });

describe("a frame", () => {
  it("carries what passes its filter, in order", () => {
    const pending = new Pending({ user: "ada" });
    pending.add(showing([item("1", "ada"), item("2"), item("3", "ada")]));
    pending.add(showing([item("4", "ada")]));
    expect(frameOf(7, pending.text(), pending.skipped)).toBe('{"n":7,"items":[1,3,4]}');
  });

  it("carries so many events and no more, and counts the rest", () => {
    const pending = new Pending({});
    pending.add(showing(Array.from({ length: MAX_FRAME_ITEMS + 3 }, () => item("1"))));
    expect([pending.items, pending.skipped]).toEqual([MAX_FRAME_ITEMS, 3]);
  });

  it("is never larger than its bound, and skips an event that would make it so", () => {
    const pending = new Pending({});
    const large = item(JSON.stringify("x".repeat(MAX_FRAME_BYTES / 2)));
    pending.add(showing([large, large, item("1"), item(JSON.stringify("x".repeat(MAX_FRAME_BYTES)))]));
    expect([pending.items, pending.skipped]).toEqual([2, 2]);
    const frame = frameOf(Number.MAX_SAFE_INTEGER, pending.text(), 999_999);
    expect(frame.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
  });

  it("says how many of its own were left out before it, as far as that is known", () => {
    const skipped = new Map([
      [keyOf({}), 40],
      [keyOf({ user: "ada" }), 2],
    ]);
    const [all, ada, bob] = [new Pending({}), new Pending({ user: "ada" }), new Pending({ user: "bob" })];
    for (const pending of [all, ada, bob]) pending.add(showing([], skipped));
    // Nobody looked for Bob's: of all that were left out, some may have been his.
    expect([all.skipped, ada.skipped, bob.skipped]).toEqual([40, 2, 40]);
    expect(frameOf(1, ada.text(), ada.skipped)).toBe('{"n":1,"items":[],"skipped":2}');
  });
});
