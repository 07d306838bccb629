import { expect, it } from "vitest";
import { checkDeadLetters } from "./dead-letters-growing.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");

it("dead letters that are there already are no news, new ones are, even where they were purged meanwhile", () => {
  expect(checkDeadLetters({ newDeadLetters: 0 }, 17, NOW)).toEqual({ kind: "fine" });
  const firing = (detail: string) => ({ kind: "firing", since: NOW, detail });
  expect(checkDeadLetters({ newDeadLetters: 3 }, 17, NOW)).toEqual(
    firing("3 events became dead letters since the last check; 17 events are kept in all"),
  );
  expect(checkDeadLetters({ newDeadLetters: 1 }, 0, NOW)).toEqual(
    firing("1 event became a dead letter since the last check; 0 events are kept in all"),
  );
});
