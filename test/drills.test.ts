import { describe, expect, it } from "vitest";
import { DRILLS } from "../bench/faults/drills.ts";

const WITHIN_MS = 150_000;

// Side by side, because most of a drill is waiting: for a timeout, for a backoff to end.
describe.concurrent("after it went wrong, what was acknowledged is delivered, and the numbers add up", () => {
  it.each(DRILLS.map((drill) => [`${drill.number} ${drill.name}`, drill] as const))(
    "%s",
    async (_, { run, duplicates }) => {
      const { acknowledged, lost, duplicated, problems } = await run("short");
      expect(problems).toEqual([]);
      expect(lost).toEqual([]);
      if (duplicates === null) expect(duplicated).toEqual([]);
      expect(acknowledged).toBeGreaterThan(0);
    },
    WITHIN_MS,
  );
});
