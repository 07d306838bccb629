import { describe, expect, it } from "vitest";
import { erasureLine, eventLine, idOf, purchaseLine, rateLine, rejectedLine } from "./lines.ts";
import { coreOf, type Loading, startLoading } from "./testing.ts";

const countOf = async ({ query }: Loading, table: string) =>
  (await query(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n;

/** What all runs together say of themselves. */
const runsOf = async ({ query }: Loading) =>
  (
    await query(`
      SELECT SUM(raw_rows) AS raw_rows, SUM(events) AS events, SUM(duplicates) AS duplicates, SUM(rejected) AS rejected,
        SUM(exchange_rates) AS exchange_rates, SUM(erased_rows) AS erased_rows
      FROM load.load_runs`)
  )[0];

describe("the load", () => {
  it("gives every field of an event its column and its type", async () => {
    await using loading = await startLoading();
    const properties = { device_model: "Pixel 9", vip: true };
    await loading.load([
      eventLine("a", {
        seq: 7,
        client_timestamp: "2026-11-21T14:00:00+02:00",
        clock_offset_ms: -120000,
        client_dropped: { queue_full: 3 },
        value: 0.5,
        properties,
        mood: "sunny",
      }),
    ]);
    const [event] = await loading.query("SELECT * FROM core.events");
    const given = Object.entries(event ?? {}).filter(([, value]) => value !== null);
    expect(Object.fromEntries(given)).toEqual({
      event_id: idOf("a"),
      event_type: "custom",
      game_id: "my_game",
      user_id: "player-1",
      session_id: "session-1",
      seq: 7,
      platform: "ios",
      app_version: "1.4.2",
      country: "DE",
      device_model: "Pixel 9",
      timestamp: "2026-11-21 12:00:00.000",
      event_date: "2026-11-21",
      client_timestamp: "2026-11-21T14:00:00+02:00",
      clock_offset_ms: -120000,
      ingestion_timestamp: "2026-11-21 12:00:03.120",
      schema_version: "1.0",
      request_id: "req-1",
      collector: "playtrail/0.1.0",
      client_dropped: { queue_full: 3 },
      name: "a",
      value: 0.5,
      properties,
      unknown_fields: { mood: "sunny" },
      src_file: expect.stringMatching(/\.gz$/),
      src_row: 1,
      loaded_at: expect.any(String),
    });
  });

  it("takes SQL in an event for the text that it is", async () => {
    await using loading = await startLoading();
    const sql = `'); DROP TABLE core.events; -- "; DELETE FROM core.events; $$ || '`;
    const properties = { note: sql, "a.b": sql, "--": "*/" };
    await loading.load([eventLine("a", { name: sql, user_id: sql, properties, [sql]: sql }), eventLine("b")]);
    expect(
      await loading.query("SELECT name, user_id, properties, unknown_fields FROM core.events ORDER BY name"),
    ).toMatchObject([{ name: sql, user_id: sql, properties, unknown_fields: { [sql]: sql } }, { name: "b" }]);
  });

  it("keeps a purchase as it was paid, quantity included, to the last decimal", async () => {
    await using loading = await startLoading();
    await loading.load([
      purchaseLine("a", { price: "0.1", quantity: 3, transaction_id: "t-1" }),
      purchaseLine("b", { price: "999999999999.9999", currency: "JPY" }),
      purchaseLine("c", { price: 4.99 }),
    ]);
    expect(
      await loading.query(
        "SELECT price, quantity, amount, currency FROM core.fact_purchases ORDER BY amount",
      ),
    ).toEqual([
      { price: "0.100000", quantity: 3, amount: "0.300000", currency: "EUR" },
      { price: "4.990000", quantity: 1, amount: "4.990000", currency: "EUR" },
      { price: "999999999999.999900", quantity: 1, amount: "999999999999.999900", currency: "JPY" },
    ]);
  });

  it("knows of a purchase whether it is verified, is not, or nothing was said", async () => {
    await using loading = await startLoading();
    await loading.load([
      purchaseLine("a", { price: "1", verified: true }),
      purchaseLine("b", { price: "2", verified: false }),
      purchaseLine("c", { price: "3" }),
    ]);
    for (const table of ["core.events", "core.fact_purchases"])
      expect(await loading.query(`SELECT verified FROM ${table} ORDER BY price`)).toEqual([
        { verified: true },
        { verified: false },
        { verified: null },
      ]);
    expect(
      await loading.query("SELECT unknown_fields FROM core.events WHERE unknown_fields IS NOT NULL"),
    ).toEqual([]);
  });

  it("earns nothing from an id that another event already has", async () => {
    await using loading = await startLoading();
    const later = { event_id: idOf("a"), ingestion_timestamp: "2026-11-21T12:00:09.000Z" };
    await loading.load([eventLine("a"), purchaseLine("a", later)]);
    await loading.load([purchaseLine("a", later)]);
    expect(await loading.query("SELECT event_type FROM core.events")).toEqual([{ event_type: "custom" }]);
    expect(await countOf(loading, "core.fact_purchases")).toBe(0);
  });

  it("loads an event once, however often it is delivered: in an object, in another, in another run", async () => {
    await using loading = await startLoading();
    const lines = [purchaseLine("a"), eventLine("b"), purchaseLine("a")];
    await loading.load(lines, [eventLine("b")]);
    const first = { raw_rows: 4, events: 2, duplicates: 2, rejected: 0, exchange_rates: 0, erased_rows: 0 };
    expect(await runsOf(loading)).toEqual(first);
    const before = await coreOf(loading);
    await loading.load(lines);
    expect(await coreOf(loading)).toEqual(before);
    expect(await runsOf(loading)).toEqual({ ...first, raw_rows: 7, duplicates: 5 });
  });

  it("keeps of two lines about one event the one that was received first, whichever comes first", async () => {
    const early = purchaseLine("a", { price: "1.00", ingestion_timestamp: "2026-11-21T12:00:01.000Z" });
    const late = purchaseLine("a", { price: "2.00", ingestion_timestamp: "2026-11-21T12:00:02.000Z" });
    for (const order of [
      [early, late],
      [late, early],
    ]) {
      await using loading = await startLoading();
      for (const line of order) await loading.load([line]);
      expect(await loading.query("SELECT price FROM core.events")).toEqual([{ price: "1.000000" }]);
      expect(await loading.query("SELECT amount FROM core.fact_purchases")).toEqual([{ amount: "1.000000" }]);
      expect(
        await loading.query(
          "SELECT SUM(events) AS events, SUM(duplicates) AS duplicates FROM load.load_runs",
        ),
      ).toEqual([{ events: 1, duplicates: 1 }]);
    }
  });

  it("lets no bad line harm another: each has its row with what is wrong", async () => {
    await using loading = await startLoading();
    await loading.load([
      eventLine("good"),
      '{"cut off',
      "42",
      eventLine("no id", { event_id: null }),
      eventLine("no time", { timestamp: "yesterday" }),
      purchaseLine("words", { price: "four" }),
      purchaseLine("too much", { price: "999999999999999", quantity: 1000000 }),
      purchaseLine("nothing", { price: null }),
      purchaseLine("perhaps", { verified: "perhaps" }),
      eventLine("no score", { score: "high" }),
      { ...eventLine("what"), record_type: "surprise" },
      rateLine("EUR", "0"),
      rejectedLine("by the collector"),
      { ...erasureLine("x"), user_id: null },
    ]);
    const bad = await loading.query(
      "SELECT rejected_by, path, reason FROM core.rejected_events ORDER BY rejected_by, path, reason, event_id",
    );
    expect(bad.map(({ rejected_by, path, reason }) => `${rejected_by}: ${path} ${reason}`)).toEqual([
      "collector: price invalid_decimal",
      "warehouse: event_id required",
      "warehouse: price invalid_number",
      "warehouse: price out_of_range",
      "warehouse: price required",
      "warehouse: record_type required",
      "warehouse: record_type unknown_value",
      "warehouse: score invalid_number",
      "warehouse: timestamp invalid_timestamp",
      "warehouse: usd_per_unit invalid_decimal",
      "warehouse: user_id required",
      "warehouse: verified invalid_boolean",
    ]);
    expect(await loading.query("SELECT name FROM core.events")).toEqual([{ name: "good" }]);
    expect(await countOf(loading, "raw.raw_events")).toBe(13);
  });

  it("tells of a rejected event what the collector told", async () => {
    await using loading = await startLoading();
    const line = rejectedLine("4,99");
    await loading.load([line, line]);
    expect(
      await loading.query(
        "SELECT event_type, game_id, user_id, app_version, errors, raw, request_id FROM core.rejected_events",
      ),
    ).toEqual([
      {
        event_type: "purchase",
        game_id: "my_game",
        user_id: "player-1",
        app_version: "1.4.2",
        errors: line.errors,
        raw: line.raw,
        request_id: "req-1",
      },
    ]);
  });

  it("takes rates, and for a moment the one that was written last, whichever comes first", async () => {
    const first = rateLine("EUR", "1.05", { ingestion_timestamp: "2026-11-20T16:00:00.000Z" });
    const corrected = rateLine("EUR", "1.06", { ingestion_timestamp: "2026-11-20T17:00:00.000Z" });
    for (const order of [
      [first, corrected],
      [corrected, first],
    ]) {
      await using loading = await startLoading();
      for (const line of order) await loading.load([line]);
      expect(
        await loading.query(
          "SELECT currency, valid_from, usd_per_unit FROM core.exchange_rates ORDER BY currency",
        ),
      ).toEqual([
        { currency: "EUR", valid_from: "2026-11-20 00:00:00.000", usd_per_unit: "1.060000000000" },
        { currency: "USD", valid_from: "1970-01-01 00:00:00.000", usd_per_unit: "1.000000000000" },
      ]);
    }
  });

  it("knows a player by the earliest event and the first install, and a session by its ends", async () => {
    await using loading = await startLoading();
    const at = (time: string) => ({ timestamp: `2026-11-21T${time}.000Z` });
    await loading.load([
      eventLine("3", { ...at("10:20:00"), event_type: "error", severity: "critical", app_version: "1.5" }),
      eventLine("2", { ...at("10:10:00"), event_type: "install", source: "unity_ads", campaign: "autumn" }),
    ]);
    await loading.load([
      eventLine("1", { ...at("10:00:00"), event_type: "session_start", session_number: 1, country: "FR" }),
      eventLine("4", { ...at("10:30:00"), event_type: "session_end" }),
      eventLine("5", { ...at("11:00:00"), event_type: "install", source: "organic" }),
    ]);
    expect(await loading.query("SELECT * FROM core.dim_users")).toEqual([
      {
        game_id: "my_game",
        user_id: "player-1",
        first_seen_at: "2026-11-21 10:00:00.000",
        first_event_id: idOf("1"),
        first_platform: "ios",
        first_country: "FR",
        first_app_version: "1.4.2",
        last_seen_at: "2026-11-21 11:00:00.000",
        installed_at: "2026-11-21 10:10:00.000",
        install_event_id: idOf("2"),
        install_source: "unity_ads",
        install_campaign: "autumn",
        install_country: "DE",
        install_platform: "ios",
        install_app_version: "1.4.2",
      },
    ]);
    expect(await loading.query("SELECT * FROM core.dim_sessions")).toEqual([
      {
        game_id: "my_game",
        user_id: "player-1",
        session_id: "session-1",
        started_at: "2026-11-21 10:00:00.000",
        first_event_id: idOf("1"),
        platform: "ios",
        app_version: "1.4.2",
        country: "FR",
        last_event_at: "2026-11-21 11:00:00.000",
        session_number: 1,
        has_start: true,
        has_end: true,
        has_critical_error: true,
      },
    ]);
  });

  it("fails whole or not at all: after a failure the same lines load", async () => {
    await using loading = await startLoading();
    await loading.load([eventLine("a")]);
    await loading.warehouse.run("DROP TABLE core.dim_sessions");
    await expect(loading.load([eventLine("b"), erasureLine("player-1")])).rejects.toThrow("dim_sessions");
    expect(await countOf(loading, "core.events")).toBe(1);
    expect(await countOf(loading, "core.erasure_requests")).toBe(0);
    await loading.deploy();
    await loading.load([]);
    expect(await countOf(loading, "core.events")).toBe(0);
    expect(await countOf(loading, "core.erasure_requests")).toBe(1);
  });
});

describe("an erasure", () => {
  const everywhere = [
    "raw.raw_events",
    "core.events",
    "core.fact_purchases",
    "core.rejected_events",
    "core.dim_users",
    "core.dim_sessions",
    "core.erasure_requests",
    "load.batch",
    "load.erasing",
    "load.load_runs",
  ];

  /** The tables in which a word stands anywhere. */
  async function tracesOf({ query }: Loading, word: string): Promise<string[]> {
    const texts = everywhere.map(async (table) => {
      const rows = await query(`SELECT * FROM ${table}`);
      return JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? `${value}` : value)).includes(
        word,
      )
        ? [table]
        : [];
    });
    return (await Promise.all(texts)).flat();
  }

  it("leaves nothing of the player in any table, and a row that proves it", async () => {
    await using loading = await startLoading();
    await loading.load([
      purchaseLine("a", { user_id: "erase-me" }),
      eventLine("b", { user_id: "erase-me" }),
      rejectedLine("c", { user_id: "erase-me" }),
      eventLine("d", { user_id: "keep-me" }),
    ]);
    expect(await tracesOf(loading, "erase-me")).toEqual([
      "raw.raw_events",
      "core.events",
      "core.fact_purchases",
      "core.rejected_events",
      "core.dim_users",
      "core.dim_sessions",
    ]);
    await loading.load([erasureLine("erase-me")]);
    expect(await tracesOf(loading, "erase-me")).toEqual([]);
    expect(await loading.query("SELECT user_id FROM core.events")).toEqual([{ user_id: "keep-me" }]);
    expect(await loading.query("SELECT * FROM core.erasure_requests")).toEqual([
      {
        erasure_id: idOf("erasure of erase-me"),
        game_id: "my_game",
        player_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        requested_at: "2026-11-21 12:30:00.000",
        executed_at: expect.stringContaining("2026-11-21 13:00:00"),
        raw_rows: 4,
        events: 2,
        purchases: 1,
        rejected_events: 1,
        users: 1,
        sessions: 1,
        proof: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it("holds for what comes later, and for what comes with it or twice", async () => {
    await using loading = await startLoading();
    const late = eventLine("late", { user_id: "erase-me" });
    await loading.load([late, erasureLine("erase-me"), erasureLine("erase-me")]);
    await loading.load([purchaseLine("later", { user_id: "erase-me" }), erasureLine("erase-me"), late]);
    expect(await tracesOf(loading, "erase-me")).toEqual([]);
    expect(await countOf(loading, "core.erasure_requests")).toBe(1);
    expect(await loading.query("SELECT SUM(erased_rows) AS n FROM load.load_runs")).toEqual([{ n: 6 }]);
  });

  it("is about one game's player only", async () => {
    await using loading = await startLoading();
    await loading.load([
      eventLine("a", { user_id: "erase-me", game_id: "other_game" }),
      eventLine("b", { user_id: "erase-me" }),
    ]);
    await loading.load([erasureLine("erase-me")]);
    expect(await loading.query("SELECT game_id FROM core.events")).toEqual([{ game_id: "other_game" }]);
  });
});
