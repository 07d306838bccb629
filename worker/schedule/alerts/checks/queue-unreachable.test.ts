import { expect, it } from "vitest";
import { statsOf } from "../../../testing/stats.ts";
import { checkReachable } from "./queue-unreachable.ts";

const firing = (detail: string) => ({ kind: "firing", since: 1_000, detail });

it("queues that do not answer are counted", () => {
  expect(checkReachable({ asked: 4, silent: 0, stats: statsOf("awesome_game") }, 1_000)).toEqual({
    kind: "fine",
  });
  expect(checkReachable({ asked: 4, silent: 1, stats: null }, 1_000)).toEqual(
    firing("1 of 4 queues did not answer"),
  );
});

it("queues that nobody knows any more are missed", () => {
  expect(checkReachable({ asked: 0, silent: 0, stats: null }, 1_000)).toEqual(
    firing("the registry has forgotten its queues"),
  );
});
