import { expect, it } from "vitest";
import { gist, matches } from "./filter.ts";
import type { TailFilter, TailItem } from "./types.ts";

const ITEM: TailItem = {
  at: "2026-11-21T12:00:00.000Z",
  status: "accepted",
  event: {
    event_type: "purchase",
    user_id: "ann",
    product_id: "coins",
    quantity: 2,
    price: "4.99",
    currency: "EUR",
  },
};

it.each<[TailFilter, boolean]>([
  [{}, true],
  [{ user: "ann", type: "purchase", status: "accepted" }, true],
  [{ user: "an" }, false],
  [{ type: "ad" }, false],
  [{ status: "rejected" }, false],
])("the filter %j lets a purchase of ann's through: %s", (filter, expected) => {
  expect(matches(filter, ITEM)).toBe(expected);
});

it("a rejected event that is too long to be shown whole is left to the collector's filter", () => {
  const item: TailItem = { at: ITEM.at, status: "rejected", event: '{"user_id":"ann","stack":"…' };
  expect([matches({ user: "ann" }, item), matches({ status: "accepted" }, item), gist(item.event)]).toEqual([
    true,
    false,
    "",
  ]);
});

it("an event is said in a few words", () => {
  expect(gist(ITEM.event)).toBe("2 × coins 4.99 EUR");
  expect(gist({ event_type: "progression", status: "fail", level: "w1" })).toBe("fail w1");
  expect(gist({ event_type: "error", severity: "info", message: "costs $& {x}" })).toBe("info costs $& {x}");
});
