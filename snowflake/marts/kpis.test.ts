import { describe, expect, it } from "vitest";
import { event, purchase, seen, startMarts } from "./testing.ts";

const ad = (user: string, at: string, revenue: string, currency = "USD") =>
  event("ad", user, at, { action: "shown", ad_type: "banner", revenue, currency });

describe("marts.daily_kpis", () => {
  it("has a row for every day, with purchases and ads counted once", async () => {
    await using marts = await startMarts();
    await marts.happened(
      event("install", "ada", "2026-11-18 23:59:59.999", { source: "organic" }),
      // Nobody plays on 11-19.
      purchase("ada", "2026-11-20 10:00", "4.00", "USD", { quantity: 2, session_id: "session-2" }),
      purchase("ada", "2026-11-20 10:01", "1.00", "USD", { transaction_id: "t-1", session_id: "session-2" }),
      purchase("ada", "2026-11-20 10:02", "1.00", "USD", { transaction_id: "t-1", session_id: "session-2" }),
      purchase("bob", "2026-11-20 11:00", "3.00", "USD"),
      purchase("bob", "2026-11-20 11:01", "9.90", "BRL"),
      ad("bob", "2026-11-20 12:00", "0.25"),
      ad("cy", "2026-11-20 12:01", "0.50"),
      ad("cy", "2026-11-20 12:02", "0.75", "BRL"),
      seen("ada", "2026-11-21 00:00", { session_id: "session-3" }),
    );
    const quiet = {
      game_id: "my_game",
      dau: 0,
      new_users: 0,
      sessions: 0,
      purchases: 0,
      paying_users: 0,
      purchase_revenue_usd: "0.000000",
      ad_revenue_usd: "0.000000",
      revenue_usd: "0.000000",
      unconverted_purchases: 0,
      unconverted_ad_events: 0,
      arpdau_usd: "0.000000",
      arppu_usd: null,
      paying_rate: 0,
    };
    expect(await marts.query("SELECT * FROM marts.daily_kpis ORDER BY event_date")).toEqual([
      { ...quiet, event_date: "2026-11-18", dau: 1, new_users: 1, sessions: 1 },
      { ...quiet, event_date: "2026-11-19", arpdau_usd: null, paying_rate: null },
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        dau: 3,
        new_users: 2,
        sessions: 3,
        purchases: 4,
        paying_users: 2,
        purchase_revenue_usd: "12.000000", // 4 × 2 + 1 + 3
        ad_revenue_usd: "0.750000",
        revenue_usd: "12.750000",
        unconverted_purchases: 1,
        unconverted_ad_events: 1,
        arpdau_usd: "4.250000",
        arppu_usd: "6.000000",
        paying_rate: 0.6667,
      },
      { ...quiet, event_date: "2026-11-21", dau: 1, sessions: 1 },
    ]);
  });

  it("agrees with the marts that it is made of", async () => {
    await using marts = await startMarts();
    await marts.rate("EUR", "1.0837", "2026-11-01");
    await marts.happened(
      purchase("ada", "2026-11-19 10:00", "4.99", "EUR", { platform: "ios" }),
      purchase("bob", "2026-11-20 10:00", "0.99", "EUR", { platform: "android" }),
      purchase("bob", "2026-11-20 11:00", "19.99", "USD"),
      ad("bob", "2026-11-20 12:00", "0.003217", "EUR"),
    );
    const total = async (column: string, mart: string) =>
      (await marts.query(`SELECT SUM(${column}) AS total FROM marts.${mart}`))[0]?.total;
    const purchases = "26.470526"; // (4.99 + 0.99) × 1.0837 + 19.99
    expect(await total("purchase_revenue_usd", "daily_kpis")).toBe(purchases);
    expect(await total("revenue_usd", "daily_revenue")).toBe(purchases);
    expect(await total("purchase_revenue_usd", "user_ltv")).toBe(purchases);
    const ads = "0.003486"; // 0.003217 × 1.0837
    expect(await total("ad_revenue_usd", "daily_kpis")).toBe(ads);
    expect(await total("revenue_usd", "ad_revenue")).toBe(ads);
  });
});

describe("marts.realtime_kpis", () => {
  it("shows today so far, and the last hour even across midnight", async () => {
    await using marts = await startMarts(new Date("2026-11-21T00:30:00.000Z"));
    await marts.happened(
      event("install", "ada", "2026-11-20 20:00"),
      seen("ada", "2026-11-20 23:30"), // an hour ago to the millisecond: no longer
      seen("ada", "2026-11-20 23:30:00.001"),
      event("error", "ada", "2026-11-20 23:59:59.999", { severity: "critical" }),
      event("install", "bob", "2026-11-21 00:00"),
      purchase("bob", "2026-11-21 00:10", "2.50", "USD"),
      purchase("bob", "2026-11-21 00:11", "2.50", "BRL"),
      event("error", "bob", "2026-11-21 00:12", { severity: "error" }),
      event("error", "bob", "2026-11-21 00:13", { severity: "warning" }),
      ad("bob", "2026-11-21 00:29:15", "0.10"),
      seen("ada", "2026-11-18 12:00", { game_id: "quiet_game" }),
    );
    expect(await marts.query("SELECT * FROM marts.realtime_kpis ORDER BY game_id")).toEqual([
      {
        game_id: "my_game",
        event_date: "2026-11-21",
        installs: 1,
        dau: 1,
        sessions: 1,
        purchases: 2,
        paying_users: 1,
        purchase_revenue_usd: "2.500000",
        ad_revenue_usd: "0.100000",
        revenue_usd: "2.600000",
        unconverted_purchases: 1,
        errors: 1,
        events_last_hour: 8,
        last_event_at: "2026-11-21 00:29:15.000",
        seconds_since_last_event: 45,
      },
      {
        game_id: "quiet_game",
        event_date: "2026-11-21",
        installs: 0,
        dau: 0,
        sessions: 0,
        purchases: 0,
        paying_users: 0,
        purchase_revenue_usd: "0.000000",
        ad_revenue_usd: "0.000000",
        revenue_usd: "0.000000",
        unconverted_purchases: 0,
        errors: 0,
        events_last_hour: 0,
        last_event_at: "2026-11-18 12:00:00.000",
        seconds_since_last_event: 217_800, // 2 days, 12 hours and 30 minutes
      },
    ]);
  });
});
