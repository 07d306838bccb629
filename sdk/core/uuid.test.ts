import { expect, test } from "vitest";
import { numberedUuid, randomUuid } from "./uuid.ts";

test("makes random UUIDs of version 4", () => {
  const made = Array.from({ length: 1_000 }, randomUuid);
  expect(new Set(made).size).toBe(1_000);
  for (const uuid of made)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("numbers the events of a seed with UUIDs of version 8", () => {
  const seed = "0f8fad5b-d9cb-469f-a165-70867728950e";
  expect(numberedUuid(seed, 1)).toBe("0f8fad5b-d9cb-869f-a165-000000000001");
  expect(numberedUuid(seed, 2 ** 48 - 1)).toBe("0f8fad5b-d9cb-869f-a165-ffffffffffff");
});
