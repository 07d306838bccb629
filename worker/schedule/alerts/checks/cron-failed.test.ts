import { expect, it } from "vitest";
import { checkDuties } from "./cron-failed.ts";

it("what fails again and again is told, each duty after as many runs as would have mended it", () => {
  const since = 1_000;
  expect(
    checkDuties([
      { duty: "watchdog", runs: 2, since },
      { duty: "alerts", runs: 3, since },
      { duty: "rates", runs: 23, since },
      { duty: "reports", runs: 1, since },
    ]),
  ).toEqual([
    { check: "cron_failed", about: "watchdog", verdict: { kind: "fine" } },
    {
      check: "cron_failed",
      about: "alerts",
      verdict: { kind: "firing", since, detail: "3 runs of alerts failed, one after the other" },
    },
    { check: "cron_failed", about: "rates", verdict: { kind: "fine" } },
    {
      check: "cron_failed",
      about: "reports",
      verdict: { kind: "firing", since, detail: "the last run of reports failed" },
    },
  ]);
});
