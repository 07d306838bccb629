import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openQuality, purchase, type Quality } from "./testing.ts";

const quality = await openQuality();
afterEach(() => quality.empty());
afterAll(() => quality.warehouse.close());

/** Installs from 11:00 to 12:00 on each of these days of November 2026. */
async function installs(quality: Quality, byDay: Record<number, number>) {
  for (const [day, count] of Object.entries(byDay))
    if (count > 0)
      await quality.happened(
        { event_type: "install", timestamp: `2026-11-${day.padStart(2, "0")} 11:30:00` },
        count,
      );
}

/** So many installs on each day from one to another. */
function daily(from: number, to: number, count: number): Record<number, number> {
  return Object.fromEntries(Array.from({ length: to - from + 1 }, (_, index) => [from + index, count]));
}

const judged = ({ query }: Quality, metric: string) =>
  query(
    `SELECT value, median, mad, history_days, ROUND(z, 4) AS z, is_anomaly FROM quality.anomalies
     WHERE hour = '2026-11-21 11:00:00' AND metric = '${metric}'`,
  );

describe("quality.anomalies", () => {
  test("is the robust z-score that one computes by hand", async () => {
    // The same hour of the 20 days before, sorted: 2 on 5 days, 10 on 10, 20 on 5. Median: between the 10th and the 11th, 10 and 10: 10.
    // Off from it: 0 on 10 days, 8 on 5, 10 on 5. Their median: between the 10th and the 11th, 0 and 8: 4.
    // Today 34: 0.6745 × (34 − 10) / 4 = 4.047.
    await installs(quality, { ...daily(1, 5, 2), ...daily(6, 15, 10), ...daily(16, 20, 20), 21: 34 });
    expect(await judged(quality, "installs")).toEqual([
      { value: 34, median: 10, mad: 4, history_days: 20, z: 4.047, is_anomaly: true },
    ]);
  });

  test("keeps quiet below 3.5", async () => {
    // As above, today 30: 0.6745 × 20 / 4 = 3.3725.
    await installs(quality, { ...daily(1, 5, 2), ...daily(6, 15, 10), ...daily(16, 20, 20), 21: 30 });
    expect(await judged(quality, "installs")).toEqual([
      { value: 30, median: 10, mad: 4, history_days: 20, z: 3.3725, is_anomaly: false },
    ]);
  });

  test("counts an hour without events as 0: a silence stands out", async () => {
    // 40 on 20 days: median 40, MAD 0, floor 3. Today none: 0.6745 × (0 − 40) / 3 = −8.9933.
    await installs(quality, daily(1, 20, 40));
    expect(await judged(quality, "installs")).toEqual([
      { value: 0, median: 40, mad: 0, history_days: 20, z: -8.9933, is_anomaly: true },
    ]);
  });

  test("does not make much of little: a MAD of 0 has a floor", async () => {
    // Nothing on 20 days but the first event. Installs 15: 0.6745 × 15 / 3 = 3.3725. Revenue 50 USD: 0.6745 × 50 / 10 = 3.3725.
    await quality.happened({ timestamp: "2026-11-01 11:00:00" });
    await installs(quality, { 21: 15 });
    await quality.insert("core.fact_purchases", purchase("1", "2026-11-21 11:10:00", "50.00", "USD"));
    await quality.happened(
      { event_type: "error", severity: "critical", timestamp: "2026-11-21 11:59:59" },
      60,
    );
    await quality.happened({ event_type: "error", severity: "info", timestamp: "2026-11-21 11:00:00" }, 60);
    const little = { median: 0, mad: 0, history_days: 20 };
    expect(await judged(quality, "installs")).toEqual([
      { ...little, value: 15, z: 3.3725, is_anomaly: false },
    ]);
    expect(await judged(quality, "revenue")).toEqual([
      { ...little, value: 50, z: 3.3725, is_anomaly: false },
    ]);
    // Errors 60: 0.6745 × 60 / 10 = 4.047.
    expect(await judged(quality, "errors")).toEqual([{ ...little, value: 60, z: 4.047, is_anomaly: true }]);
  });

  test("does not judge a game of less than 14 days", async () => {
    await installs(quality, { ...daily(8, 20, 10), 21: 1000 });
    expect(await judged(quality, "installs")).toEqual([
      { value: 1000, median: 10, mad: 0, history_days: 13, z: 222.585, is_anomaly: false },
    ]);
  });

  test("judges the last 24 hours that have been over for an hour, each against 28 days at most", async () => {
    await quality.happened({ timestamp: "2026-10-21 12:00:00" });
    const rows = await quality.query(
      `SELECT metric, MIN(hour) AS first, MAX(hour) AS last, COUNT(*) AS hours, MAX(history_days) AS days
       FROM quality.anomalies GROUP BY metric ORDER BY metric`,
    );
    const span = { first: "2026-11-20 12:00:00.000", last: "2026-11-21 11:00:00.000", hours: 24, days: 28 };
    expect(rows).toEqual(["errors", "installs", "revenue"].map((metric) => ({ metric, ...span })));
  });
});
