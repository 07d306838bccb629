import { expect, it } from "vitest";
import { checkReachable } from "./queue-unreachable.ts";

it("queues that do not answer are counted", () => {
  expect(checkReachable({ asked: 4, silent: 0 }, 1_000)).toEqual({ kind: "fine" });
  expect(checkReachable({ asked: 4, silent: 1 }, 1_000)).toEqual({
    kind: "firing",
    since: 1_000,
    detail: "1 of 4 queues did not answer",
  });
});
