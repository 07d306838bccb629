import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openQuality, purchase, type Quality, rejection } from "./testing.ts";

const quality = await openQuality();
afterEach(() => quality.empty());
afterAll(() => quality.warehouse.close());

/** A week's worth of a busy game: enough that its silence counts. */
const busy = (quality: Quality, lastReceived: string) =>
  quality.happened({ ingestion_timestamp: lastReceived, timestamp: lastReceived }, 1000);

const findings = ({ query }: Quality) =>
  query("SELECT alert, subject, detail FROM quality.untold_findings ORDER BY alert, subject");

describe("the alerts", () => {
  test("keep quiet while all is well", async () => {
    await busy(quality, "2026-11-21 12:59:00");
    await quality.insert("core.rejected_events", ...["1", "2", "3"].map((id) => rejection(id)));
    await quality.insert("core.fact_purchases", purchase("1", "2026-11-21 12:00:00", "4.99", "USD"));
    expect(await quality.warehouse.firingAlerts()).toEqual([]);
    expect(await findings(quality)).toEqual([]);
  });

  test("tell of a busy game that fell silent, and not of a small one", async () => {
    await busy(quality, "2026-11-21 06:59:59"); // 6 hours and a second ago
    await quality.happened({ game_id: "go", ingestion_timestamp: "2026-11-20 00:00:00" }, 10);
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.stale_data_alert"]);
    expect(await findings(quality)).toEqual([
      {
        alert: "stale_data",
        subject: "chess",
        detail: "No event of the game chess was received for 6 hours.",
      },
    ]);
  });

  test("give a game 6 hours", async () => {
    await busy(quality, "2026-11-21 07:00:00");
    expect(await quality.warehouse.firingAlerts()).toEqual([]);
  });

  test("tell that lines wait for a load that does not run", async () => {
    const line = { payload: {}, src_file: "a", src_row: 1 };
    await quality.insert("raw.raw_events", { ...line, loaded_at: "2026-11-21 12:30:00" });
    expect(await quality.warehouse.firingAlerts()).toEqual([]); // 30 minutes are allowed
    await quality.insert("raw.raw_events", { ...line, loaded_at: "2026-11-21 12:29:00" });
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.load_late_alert"]);
    expect(await findings(quality)).toEqual([
      {
        alert: "load_late",
        subject: "load.load_events",
        detail: "2 lines wait for the load, the oldest for 31 minutes.",
      },
    ]);
  });

  test("tell of a key that is there twice", async () => {
    const twice = purchase("1", "2026-11-20 10:00:00", "1.00", "USD");
    await quality.insert("core.fact_purchases", twice, twice);
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.core_duplicates_alert"]);
    expect(await findings(quality)).toEqual([
      {
        alert: "core_duplicates",
        subject: "core.fact_purchases",
        detail: "core.fact_purchases has 1 rows too many, of 1 keys.",
      },
    ]);
  });

  test("tell of a version of which more than 5 % are rejected, from 100 events on", async () => {
    const ids = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => prefix + index);
    // Version 1.0: 5 of 100. Version 1.1: 6 of 100, for two reasons. Version 1.2: 40 of 80.
    await quality.happened({}, 95);
    await quality.happened({ app_version: "1.1" }, 94);
    await quality.happened({ app_version: "1.2" }, 40);
    await quality.insert("core.rejected_events", ...ids("a", 5).map((id) => rejection(id)));
    await quality.insert(
      "core.rejected_events",
      ...ids("b", 3).map((id) => rejection(id, { app_version: "1.1" })),
    );
    await quality.insert(
      "core.rejected_events",
      ...ids("c", 3).map((id) => rejection(id, { app_version: "1.1", reason: "required" })),
      ...ids("d", 40).map((id) => rejection(id, { app_version: "1.2" })),
    );
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.reject_rate_alert"]);
    expect(await findings(quality)).toEqual([
      {
        alert: "reject_rate",
        subject: "chess 1.1",
        detail: "Of the game chess, version 1.1, 6 of 100 events were rejected on one day.",
      },
    ]);
  });

  test("tell of revenue that is not in USD", async () => {
    await quality.insert("core.fact_purchases", purchase("1", "2026-11-20 10:00:00", "4.99", "EUR"));
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.unconverted_revenue_alert"]);
    expect(await findings(quality)).toEqual([
      {
        alert: "unconverted_revenue",
        subject: "chess purchase EUR",
        detail: "1 purchase events of the game chess in EUR are not in USD.",
      },
    ]);
  });

  test("tell that no rates come any more, once that is more than Easter", async () => {
    const rate = { currency: "EUR", usd_per_unit: "1.1" };
    await quality.insert("core.exchange_rates", { ...rate, valid_from: "2026-11-15 12:59:59" });
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.old_rates_alert"]);
    await quality.insert("core.exchange_rates", {
      ...rate,
      currency: "JPY",
      valid_from: "2026-11-15 13:00:00",
    });
    expect(await quality.warehouse.firingAlerts()).toEqual([]);
  });

  test("tell of hours that stand out", async () => {
    await quality.happened({ timestamp: "2026-11-01 00:00:00" });
    const error = { event_type: "error", severity: "error" };
    await quality.happened({ ...error, timestamp: "2026-11-21 10:00:00" }, 100);
    await quality.happened({ ...error, timestamp: "2026-11-21 11:00:00" }, 100);
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.anomaly_alert"]);
    expect(await findings(quality)).toEqual([
      {
        alert: "anomaly",
        subject: "chess errors",
        detail: "errors of the game chess: 2 of the last 24 hours stand out.",
      },
    ]);
  });

  test("tell of lines that could not be copied, for two days", async () => {
    const broken = {
      table_catalog_name: "PLAYTRAIL",
      table_schema_name: "RAW",
      table_name: "RAW_EVENTS",
      file_name: "a.json.gz",
      status: "Partially loaded",
      row_count: 3,
      row_parsed: 5,
      error_count: 2,
    };
    await quality.insert("snowflake.account_usage.copy_history", {
      ...broken,
      last_load_time: "2026-11-19 12:59:59",
    });
    expect(await quality.warehouse.firingAlerts()).toEqual([]);
    await quality.insert("snowflake.account_usage.copy_history", {
      ...broken,
      last_load_time: "2026-11-19 13:00:00",
    });
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.load_errors_alert"]);
    expect(await findings(quality)).toEqual([
      {
        alert: "load_errors",
        subject: "raw.events_pipe",
        detail: "2 lines in 1 objects could not be copied.",
      },
    ]);
  });

  test("do not tell the same again for 23 hours", async () => {
    await quality.insert("core.fact_purchases", purchase("1", "2026-11-20 10:00:00", "4.99", "EUR"));
    const told = { alert: "unconverted_revenue", subject: "chess purchase EUR" };
    await quality.insert("quality.notices", { ...told, told_at: "2026-11-20 13:59:59" });
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.unconverted_revenue_alert"]);
    await quality.insert("quality.notices", { ...told, told_at: "2026-11-20 14:00:00" });
    expect(await quality.warehouse.firingAlerts()).toEqual([]);
    expect(await quality.query("SELECT COUNT(*) AS n FROM quality.findings")).toEqual([{ n: 1 }]);
  });
});
