import { expect, it } from "vitest";
import { RATES_CRON, REPORT_CRON, WATCH_CRON } from "./crons.ts";

const [settings] = Object.values(
  import.meta.glob(["../../wrangler.toml"], { query: "?raw", import: "default", eager: true }),
);

it("is in the Worker's settings: a cron that is not there would never run, and one that nobody knows wakes the watchdog", () => {
  const [, crons = "[]"] = /^crons = (\[.*\])$/m.exec(settings ?? "") ?? [];
  expect(JSON.parse(crons)).toEqual([WATCH_CRON, RATES_CRON, REPORT_CRON]);
});
