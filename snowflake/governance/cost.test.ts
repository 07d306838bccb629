import { afterAll, afterEach, expect, test } from "vitest";
import { openQuality } from "../quality/testing.ts";

const quality = await openQuality();
afterEach(() => quality.empty());
afterAll(() => quality.warehouse.close());

const hour = (
  start_time: string,
  service_type: string,
  name: string,
  credits_used: number,
  database_name: string | null = null,
) => ({
  start_time,
  service_type,
  name,
  credits_used,
  database_name,
});

test("credits are told by day and service, of this warehouse's objects alone", async () => {
  await quality.insert(
    "snowflake.account_usage.metering_history",
    hour("2026-11-20 10:00:00", "WAREHOUSE_METERING", "PLAYTRAIL_LOAD_WH", 0.5),
    hour("2026-11-20 23:00:00", "WAREHOUSE_METERING", "PLAYTRAIL_LOAD_WH", 0.25),
    hour("2026-11-20 10:00:00", "WAREHOUSE_METERING", "PLAYTRAIL_QUERY_WH", 1),
    hour("2026-11-20 10:00:00", "WAREHOUSE_METERING", "OTHER_WH", 100),
    hour("2026-11-20 10:00:00", "PIPE", "EVENTS_PIPE", 0.25, "PLAYTRAIL"),
    hour("2026-11-20 10:00:00", "PIPE", "OTHER_PIPE", 100, "OTHER"),
    hour("2026-11-21 10:00:00", "SERVERLESS_ALERTS", "STALE_DATA_ALERT", 0.125, "PLAYTRAIL"),
  );
  expect(await quality.query("SELECT * FROM ops.credits_by_day ORDER BY day, service")).toEqual([
    { day: "2026-11-20", service: "load warehouse", credits: 0.75 },
    { day: "2026-11-20", service: "pipe", credits: 0.25 },
    { day: "2026-11-20", service: "query warehouse", credits: 1 },
    { day: "2026-11-21", service: "alerts", credits: 0.125 },
  ]);
});

test("cost per million events is what was paid on a day over what was loaded on it", async () => {
  await quality.insert(
    "snowflake.account_usage.metering_history",
    hour("2026-11-20 10:00:00", "WAREHOUSE_METERING", "PLAYTRAIL_LOAD_WH", 0.75),
    hour("2026-11-20 10:00:00", "PIPE", "EVENTS_PIPE", 0.25, "PLAYTRAIL"),
    hour("2026-11-20 10:00:00", "WAREHOUSE_METERING", "PLAYTRAIL_QUERY_WH", 3),
    hour("2026-11-21 10:00:00", "WAREHOUSE_METERING", "PLAYTRAIL_QUERY_WH", 2),
  );
  await quality.insert(
    "load.load_runs",
    { run_id: "1", finished_at: "2026-11-19 12:00:00", events: 5 },
    { run_id: "2", finished_at: "2026-11-20 00:00:00", events: 300000 },
    { run_id: "3", finished_at: "2026-11-20 23:59:59", events: 200000 },
  );
  // 11-20: pipe and load 1 credit for half a million: 2 for a million; with the queries 4 credits: 8.
  expect(await quality.query("SELECT * FROM ops.cost_per_million_events ORDER BY day")).toEqual([
    {
      day: "2026-11-19",
      events: 5,
      ingest_credits: 0,
      other_credits: 0,
      ingest_credits_per_million: 0,
      credits_per_million: 0,
    },
    {
      day: "2026-11-20",
      events: 500000,
      ingest_credits: 1,
      other_credits: 3,
      ingest_credits_per_million: 2,
      credits_per_million: 8,
    },
    {
      day: "2026-11-21",
      events: 0,
      ingest_credits: 0,
      other_credits: 2,
      ingest_credits_per_million: null,
      credits_per_million: null,
    },
  ]);
});

test("whose queries cost what is told by tag and user, with the dearest one", async () => {
  const query = { warehouse_name: "PLAYTRAIL_QUERY_WH", query_tag: "dashboard", user_name: "BI" };
  await quality.insert(
    "snowflake.account_usage.query_attribution_history",
    { ...query, query_id: "q1", start_time: "2026-11-20 10:00:00", credits_attributed_compute: 0.25 },
    { ...query, query_id: "q2", start_time: "2026-11-20 11:00:00", credits_attributed_compute: 0.5 },
    {
      ...query,
      query_id: "q3",
      start_time: "2026-11-20 11:00:00",
      credits_attributed_compute: 9,
      warehouse_name: "OTHER_WH",
    },
  );
  expect(await quality.query("SELECT * FROM ops.credits_by_query_tag")).toEqual([
    {
      day: "2026-11-20",
      warehouse_name: "PLAYTRAIL_QUERY_WH",
      query_tag: "dashboard",
      user_name: "BI",
      queries: 2,
      credits: 0.75,
      dearest_query: "q2",
    },
  ]);
});
