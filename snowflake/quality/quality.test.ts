import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openQuality, purchase, rejection } from "./testing.ts";

const quality = await openQuality();
afterEach(() => quality.empty());
afterAll(() => quality.warehouse.close());

describe("quality.schema_drift", () => {
  test("names each unknown field, with type, count, first, last and an example cut at 100 characters", async () => {
    const long = "x".repeat(101);
    await quality.happened({ timestamp: "2026-11-20 10:00:00", unknown_fields: { mood: "sunny", lives: 3 } });
    await quality.happened({ timestamp: "2026-11-20 11:00:00", unknown_fields: { mood: "rainy" } });
    await quality.happened({ timestamp: "2026-11-20 12:00:00", unknown_fields: { mood: { is: "sunny" } } });
    await quality.happened({
      timestamp: "2026-11-21 12:00:00",
      app_version: "1.1",
      unknown_fields: { mood: long },
    });
    await quality.happened({ timestamp: "2026-11-21 12:00:00" });
    const day = { day: "2026-11-20", game_id: "chess", app_version: "1.0", event_type: "custom" };
    expect(await quality.query("SELECT * FROM quality.schema_drift ORDER BY day, field, value_type")).toEqual(
      [
        {
          ...day,
          field: "lives",
          value_type: "INTEGER",
          events: 1,
          first_seen_at: "2026-11-20 10:00:00.000",
          last_seen_at: "2026-11-20 10:00:00.000",
          example: "3",
        },
        {
          ...day,
          field: "mood",
          value_type: "OBJECT",
          events: 1,
          first_seen_at: "2026-11-20 12:00:00.000",
          last_seen_at: "2026-11-20 12:00:00.000",
          example: '{"is":"sunny"}',
        },
        {
          ...day,
          field: "mood",
          value_type: "VARCHAR",
          events: 2,
          first_seen_at: "2026-11-20 10:00:00.000",
          last_seen_at: "2026-11-20 11:00:00.000",
          example: "rainy",
        },
        {
          ...day,
          day: "2026-11-21",
          app_version: "1.1",
          field: "mood",
          value_type: "VARCHAR",
          events: 1,
          first_seen_at: "2026-11-21 12:00:00.000",
          last_seen_at: "2026-11-21 12:00:00.000",
          example: "x".repeat(100),
        },
      ],
    );
  });

  test("shows an analyst, to whom the fields are an array of names, the names alone", async () => {
    await quality.happened({ unknown_fields: ["mood", "lives"] });
    const rows = await quality.query(
      "SELECT field, value_type, events, example FROM quality.schema_drift ORDER BY field",
    );
    expect(rows).toEqual([
      { field: "lives", value_type: null, events: 1, example: null },
      { field: "mood", value_type: null, events: 1, example: null },
    ]);
  });
});

describe("quality.freshness", () => {
  test("says for each game how old its newest event is, and how many came in a week", async () => {
    await quality.happened({ ingestion_timestamp: "2026-11-21 12:59:00", loaded_at: "2026-11-21 12:59:30" });
    await quality.happened({ ingestion_timestamp: "2026-11-14 12:59:59" }); // a second more than a week ago
    await quality.happened({
      game_id: "go",
      ingestion_timestamp: "2026-11-21 11:00:00",
      loaded_at: "2026-11-21 11:06:00",
    });
    expect(await quality.query("SELECT * FROM quality.freshness ORDER BY game_id")).toEqual([
      {
        game_id: "chess",
        last_received_at: "2026-11-21 12:59:00.000",
        last_loaded_at: "2026-11-21 12:59:30.000",
        lag_seconds: 60,
        events_7d: 1,
      },
      {
        game_id: "go",
        last_received_at: "2026-11-21 11:00:00.000",
        last_loaded_at: "2026-11-21 11:06:00.000",
        lag_seconds: 7200,
        events_7d: 1,
      },
    ]);
  });
});

describe("quality.rate_freshness", () => {
  test("is the age of each currency's latest rate; the dollar has none", async () => {
    const rate = { usd_per_unit: "1.1", source: "ecb", ingestion_timestamp: "2026-11-20 16:00:00" };
    await quality.insert(
      "core.exchange_rates",
      { ...rate, currency: "EUR", valid_from: "2026-11-20 00:00:00" },
      { ...rate, currency: "EUR", valid_from: "2026-11-19 00:00:00" },
      { ...rate, currency: "JPY", valid_from: "2026-11-21 12:00:00" },
    );
    expect(await quality.query("SELECT * FROM quality.rate_freshness ORDER BY currency")).toEqual([
      {
        currency: "EUR",
        valid_from: "2026-11-20 00:00:00.000",
        last_received_at: "2026-11-20 16:00:00.000",
        age_seconds: 37 * 3600,
      },
      {
        currency: "JPY",
        valid_from: "2026-11-21 12:00:00.000",
        last_received_at: "2026-11-20 16:00:00.000",
        age_seconds: 3600,
      },
    ]);
  });
});

describe("quality.load_backlog", () => {
  test("is empty where nothing waits", async () => {
    expect(await quality.query("SELECT * FROM quality.load_backlog")).toEqual([
      { waiting_lines: 0, oldest_copied_at: null, waiting_seconds: 0, last_load_at: null },
    ]);
  });

  test("counts what the load has not seen, and since when", async () => {
    const line = { payload: { record_type: "event" }, src_file: "a.json.gz" };
    await quality.insert("raw.raw_events", { ...line, src_row: 1, loaded_at: "2026-11-21 12:00:00" });
    await quality.insert("raw.raw_events", { ...line, src_row: 2, loaded_at: "2026-11-21 12:30:00" });
    await quality.insert("load.load_runs", { run_id: "1", finished_at: "2026-11-21 11:59:00" });
    expect(await quality.query("SELECT * FROM quality.load_backlog")).toEqual([
      {
        waiting_lines: 2,
        oldest_copied_at: "2026-11-21 12:00:00.000",
        waiting_seconds: 3600,
        last_load_at: "2026-11-21 11:59:00.000",
      },
    ]);
  });
});

describe("quality.duplicates", () => {
  test("adds up the runs of a day", async () => {
    const run = { rejected: 0, exchange_rates: 0, erased_rows: 0 };
    await quality.insert(
      "load.load_runs",
      { ...run, run_id: "1", finished_at: "2026-11-20 23:59:59", raw_rows: 10, events: 6, duplicates: 2 },
      { ...run, run_id: "2", finished_at: "2026-11-20 10:00:00", raw_rows: 2, events: 0, duplicates: 0 },
      { ...run, run_id: "3", finished_at: "2026-11-21 00:00:00", raw_rows: 3, events: 0, duplicates: 0 },
    );
    expect(await quality.query("SELECT * FROM quality.duplicates ORDER BY day")).toEqual([
      { day: "2026-11-20", lines: 12, events: 6, duplicates: 2, duplicate_rate: 0.25 },
      { day: "2026-11-21", lines: 3, events: 0, duplicates: 0, duplicate_rate: null },
    ]);
  });
});

describe("quality.core_duplicates", () => {
  test("counts keys that are there more than once, and the rows too many", async () => {
    await quality.happened({}, 5);
    for (const id of ["a", "a", "a", "b", "b", "c"])
      await quality.insert("core.fact_purchases", purchase(id, "2026-11-20 10:00:00", "1.00", "USD"));
    expect(await quality.query("SELECT * FROM quality.core_duplicates ORDER BY table_name")).toEqual([
      { table_name: "core.events", duplicated_keys: 0, surplus_rows: 0 },
      { table_name: "core.exchange_rates", duplicated_keys: 0, surplus_rows: 0 },
      { table_name: "core.fact_purchases", duplicated_keys: 2, surplus_rows: 3 },
    ]);
  });
});

describe("quality.reject_rates", () => {
  test("are shares of what came from a version on a day, by reason", async () => {
    // Version 1.0 on 11-21: 7 accepted, 3 rejected, two of them for one reason. An event rejected without a version stands alone.
    await quality.happened({}, 7);
    await quality.happened({ ingestion_timestamp: "2026-11-20 12:00:00" }, 50);
    await quality.insert(
      "core.rejected_events",
      rejection("1"),
      rejection("2"),
      rejection("3", { reason: "required", path: "price" }),
      rejection("4", { rejected_by: "warehouse", app_version: null, ingestion_timestamp: null }),
    );
    const day = { day: "2026-11-21", game_id: "chess", path: "price" };
    expect(await quality.query("SELECT * FROM quality.reject_rates ORDER BY rejected_by, reason")).toEqual([
      {
        ...day,
        app_version: "1.0",
        rejected_by: "collector",
        reason: "invalid_decimal",
        rejected: 2,
        events: 10,
        share: 0.2,
        example: '{"price":"1"}',
      },
      {
        ...day,
        app_version: "1.0",
        rejected_by: "collector",
        reason: "required",
        rejected: 1,
        events: 10,
        share: 0.1,
        example: '{"price":"3"}',
      },
      {
        ...day,
        app_version: null,
        rejected_by: "warehouse",
        reason: "invalid_decimal",
        rejected: 1,
        events: 1,
        share: 1,
        example: '{"price":"4"}',
      },
    ]);
  });
});

describe("quality.load_errors", () => {
  test("are the objects that were not copied whole, of this pipe's table alone", async () => {
    const copied = {
      table_catalog_name: "PLAYTRAIL",
      table_schema_name: "RAW",
      table_name: "RAW_EVENTS",
      last_load_time: "2026-11-21 10:00:00",
      status: "Loaded",
      row_count: 5,
      row_parsed: 5,
      error_count: 0,
    };
    const broken = {
      ...copied,
      status: "Partially loaded",
      row_count: 3,
      error_count: 2,
      first_error_message: "Error parsing JSON",
      first_error_line_number: 4,
    };
    await quality.insert(
      "snowflake.account_usage.copy_history",
      { ...copied, file_name: "good.json.gz" },
      { ...broken, file_name: "bad.json.gz" },
      { ...broken, file_name: "elsewhere.json.gz", table_catalog_name: "OTHER" },
    );
    expect(await quality.query("SELECT * FROM quality.load_errors")).toEqual([
      {
        copied_at: "2026-11-21 10:00:00.000",
        src_file: "bad.json.gz",
        status: "Partially loaded",
        lines: 5,
        copied_lines: 3,
        error_lines: 2,
        first_error_line: 4,
        first_error: "Error parsing JSON",
      },
    ]);
  });
});

describe("quality.unconverted_revenue", () => {
  test("is what was paid or earned before there was a rate, by game and currency", async () => {
    await quality.insert("core.exchange_rates", {
      currency: "EUR",
      valid_from: "2026-11-20 00:00:00",
      usd_per_unit: "1.1",
    });
    await quality.insert(
      "core.fact_purchases",
      purchase("1", "2026-11-19 10:00:00", "4.99", "EUR"),
      purchase("2", "2026-11-19 23:59:59", "0.01", "EUR"),
      purchase("3", "2026-11-20 00:00:00", "4.99", "EUR"), // has a rate
      purchase("4", "2026-11-19 10:00:00", "4.99", "USD"), // needs none
      purchase("5", "2026-11-19 10:00:00", "0", "JPY"), // nothing was paid
    );
    const ad = { event_type: "ad", action: "shown", ad_type: "banner", currency: "JPY" };
    await quality.happened({ ...ad, revenue: "0.5", timestamp: "2026-11-21 10:00:00" }, 2);
    await quality.happened({ ...ad, timestamp: "2026-11-21 10:00:00" });
    const rows = await quality.query("SELECT * FROM quality.unconverted_revenue ORDER BY event_type");
    expect(rows).toEqual([
      {
        game_id: "chess",
        event_type: "ad",
        currency: "JPY",
        events: 2,
        amount: "1.000000",
        first_at: "2026-11-21 10:00:00.000",
        last_at: "2026-11-21 10:00:00.000",
      },
      {
        game_id: "chess",
        event_type: "purchase",
        currency: "EUR",
        events: 2,
        amount: "5.000000",
        first_at: "2026-11-19 10:00:00.000",
        last_at: "2026-11-19 23:59:59.000",
      },
    ]);
  });
});
