import { expect, it } from "vitest";
import { reasonsOf } from "./observe.ts";

it("reasons are counted over all versions, by field: a client's own names behind it are not kept", () => {
  expect(
    reasonsOf([
      { code: "invalid_decimal", path: "price", count: 3 },
      { code: "too_long", path: "properties.user_12345", count: 2 },
      { code: "too_long", path: "properties.user_67890", count: 4 },
      { code: "event_too_large", path: "", count: 1 },
      { code: "invalid_decimal", path: "price", count: 2 },
    ]),
  ).toEqual([
    { code: "too_long", field: "properties", count: 6 },
    { code: "invalid_decimal", field: "price", count: 5 },
    { code: "event_too_large", field: "", count: 1 },
  ]);
});
