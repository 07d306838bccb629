import { expect, it } from "vitest";
import { rowsJson } from "./rows-json.ts";

it("holds numbers that JSON's readers would round", () => {
  expect(JSON.parse(rowsJson([{ sum: 99_999_999_999_999_999n, price: "4.990000", n: 1 }]))).toEqual([
    { sum: "99999999999999999", price: "4.990000", n: 1 },
  ]);
});
