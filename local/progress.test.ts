import { expect, test } from "vitest";
import { describeProgress } from "./progress.ts";

test("a line says how far events have come", () => {
  const counts = { sent: 12, accepted: 10, delivered: 8, objects: 1, rejected: 0, dropped: 0 };
  expect(describeProgress(counts)).toBe(
    "players sent 12 events · accepted 10 · delivered 8 lines · objects 1",
  );
  expect(describeProgress({ ...counts, rejected: 1, dropped: 2 })).toBe(
    "players sent 12 events · accepted 10 · delivered 8 lines · objects 1 · rejected 1 · dropped 2",
  );
});
