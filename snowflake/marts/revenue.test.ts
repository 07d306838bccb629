import { describe, expect, it } from "vitest";
import { event, purchase, startMarts } from "./testing.ts";

const DAY = "2026-11-20";

describe("marts.purchases", () => {
  it("converts price × quantity with the rate of the currency, to the last decimal", async () => {
    await using marts = await startMarts();
    await marts.rate("EUR", "1.0837", "2026-11-01");
    await marts.rate("JPY", "0.006432", "2026-11-01");
    await marts.rate("KWD", "3.257", "2026-11-01");
    await marts.happened(
      purchase("ada", `${DAY} 01:00`, "4.99", "EUR", { quantity: 3 }),
      purchase("ada", `${DAY} 02:00`, "650", "JPY"),
      purchase("ada", `${DAY} 03:00`, "1.005", "KWD"),
      purchase("ada", `${DAY} 04:00`, "9.99", "USD"),
      purchase("ada", `${DAY} 05:00`, "29.90", "BRL"),
    );
    expect(
      await marts.query(
        "SELECT amount, currency, usd_per_unit, revenue_usd, is_converted FROM marts.purchases ORDER BY timestamp",
      ),
    ).toEqual([
      // 4.99 × 3 = 14.97; × 1.0837 = 16.222989
      {
        amount: "14.970000",
        currency: "EUR",
        usd_per_unit: "1.083700000000",
        revenue_usd: "16.222989",
        is_converted: true,
      },
      // 650 × 0.006432 = 4.1808
      {
        amount: "650.000000",
        currency: "JPY",
        usd_per_unit: "0.006432000000",
        revenue_usd: "4.180800",
        is_converted: true,
      },
      // 1.005 × 3.257 = 3.273285
      {
        amount: "1.005000",
        currency: "KWD",
        usd_per_unit: "3.257000000000",
        revenue_usd: "3.273285",
        is_converted: true,
      },
      {
        amount: "9.990000",
        currency: "USD",
        usd_per_unit: "1.000000000000",
        revenue_usd: "9.990000",
        is_converted: true,
      },
      { amount: "29.900000", currency: "BRL", usd_per_unit: null, revenue_usd: null, is_converted: false },
    ]);
  });

  it("takes the rate that was valid at the moment of the purchase, from its first millisecond on", async () => {
    await using marts = await startMarts();
    await marts.rate("EUR", "1.00", "2026-11-10 00:00:00.000");
    await marts.rate("EUR", "1.50", "2026-11-20 00:00:00.000");
    await marts.happened(
      purchase("ada", "2026-11-09 23:59:59.999", "2.00", "EUR"),
      purchase("ada", "2026-11-10 00:00:00.000", "2.00", "EUR"),
      purchase("ada", "2026-11-19 23:59:59.999", "2.00", "EUR"),
      purchase("ada", "2026-11-20 00:00:00.000", "2.00", "EUR"),
    );
    const rows = await marts.query("SELECT revenue_usd FROM marts.purchases ORDER BY timestamp");
    expect(rows.map((row) => row.revenue_usd)).toEqual([null, "2.000000", "2.000000", "3.000000"]);
  });

  it("is healed by a rate that arrives late", async () => {
    await using marts = await startMarts();
    await marts.happened(purchase("ada", `${DAY} 10:00`, "1000", "JPY"));
    const revenue = "SELECT revenue_usd, unconverted_purchases, unconverted_amount FROM marts.daily_revenue";
    expect(await marts.query(revenue)).toEqual([
      { revenue_usd: null, unconverted_purchases: 1, unconverted_amount: "1000.000000" },
    ]);
    await marts.rate("JPY", "0.0064", "2026-11-19");
    expect(await marts.query(revenue)).toEqual([
      { revenue_usd: "6.400000", unconverted_purchases: 0, unconverted_amount: "0.000000" },
    ]);
  });

  it("counts of a transaction the event that is verified, though the game told of it before", async () => {
    await using marts = await startMarts();
    const told = (user: string, at: string, price: string, verified: boolean | null) =>
      purchase(user, `${DAY} ${at}`, price, "USD", { transaction_id: "t-1", verified });
    await marts.happened(
      told("somebody else", "09:00", "99.99", null),
      told("the game", "10:00", "4.98", false),
      told("the backend", "10:01", "4.99", true),
      told("the backend again", "10:02", "4.99", true),
      purchase("nobody checked", `${DAY} 11:00`, "1.00", "USD"),
    );
    expect(
      await marts.query(
        `SELECT user_id, is_verified, is_duplicate_transaction AS again, revenue_usd FROM marts.purchases
         ORDER BY timestamp`,
      ),
    ).toEqual([
      { user_id: "somebody else", is_verified: false, again: true, revenue_usd: "0.000000" },
      { user_id: "the game", is_verified: false, again: true, revenue_usd: "0.000000" },
      { user_id: "the backend", is_verified: true, again: false, revenue_usd: "4.990000" },
      { user_id: "the backend again", is_verified: true, again: true, revenue_usd: "0.000000" },
      { user_id: "nobody checked", is_verified: false, again: false, revenue_usd: "1.000000" },
    ]);
    expect(
      await marts.query(
        "SELECT purchases, revenue_usd, verified_revenue_usd, duplicate_purchases FROM marts.daily_revenue",
      ),
    ).toEqual([
      { purchases: 2, revenue_usd: "5.990000", verified_revenue_usd: "4.990000", duplicate_purchases: 3 },
    ]);
  });

  it("counts a transaction of a store once: the earliest event, of two at a time the lesser id", async () => {
    await using marts = await startMarts();
    const t1 = { transaction_id: "t-1" };
    await marts.happened(
      purchase("late", `${DAY} 10:00:00.001`, "1.00", "USD", { ...t1, event_id: "a" }),
      purchase("second", `${DAY} 10:00`, "1.00", "USD", { ...t1, event_id: "c" }),
      purchase("first", `${DAY} 10:00`, "1.00", "USD", { ...t1, event_id: "b" }),
      purchase("other store", `${DAY} 11:00`, "1.00", "USD", { ...t1, store: "google_play" }),
      purchase("other game", `${DAY} 11:00`, "1.00", "USD", { ...t1, game_id: "other_game" }),
      purchase("without", `${DAY} 11:00`, "1.00", "USD"),
      purchase("without", `${DAY} 11:00`, "1.00", "USD"),
    );
    expect(
      await marts.query(
        `SELECT user_id, revenue_usd, is_duplicate_transaction AS again, counts_as_revenue AS counts FROM marts.purchases
         ORDER BY is_duplicate_transaction, user_id`,
      ),
    ).toEqual([
      { user_id: "first", revenue_usd: "1.000000", again: false, counts: true },
      { user_id: "other game", revenue_usd: "1.000000", again: false, counts: true },
      { user_id: "other store", revenue_usd: "1.000000", again: false, counts: true },
      { user_id: "without", revenue_usd: "1.000000", again: false, counts: true },
      { user_id: "without", revenue_usd: "1.000000", again: false, counts: true },
      { user_id: "late", revenue_usd: "0.000000", again: true, counts: false },
      { user_id: "second", revenue_usd: "0.000000", again: true, counts: false },
    ]);
  });
});

describe("marts.daily_revenue", () => {
  it("adds up a day in UTC by platform and currency, and shows what it leaves out", async () => {
    await using marts = await startMarts();
    await marts.rate("EUR", "1.10", "2026-11-01");
    const ios = { platform: "ios" };
    await marts.happened(
      purchase("ada", "2026-11-19 23:59:59.999", "5.00", "EUR", ios),
      purchase("ada", "2026-11-20 00:00:00.000", "5.00", "EUR", { ...ios, quantity: 2 }),
      purchase("ada", "2026-11-20 09:00", "1.00", "EUR", ios),
      purchase("bob", "2026-11-20 10:00", "2.00", "EUR", { ...ios, transaction_id: "t-1" }),
      purchase("cy", "2026-11-20 11:00", "2.00", "EUR", { ...ios, transaction_id: "t-1" }),
      purchase("dee", "2026-11-20 12:00", "0.00", "EUR", ios),
      purchase("ada", "2026-11-20 13:00", "3.00", "USD", ios),
      purchase("ada", "2026-11-20 14:00", "19.90", "BRL"),
      purchase("bob", "2026-11-20 15:00", "10.00", "BRL", { quantity: 2 }),
    );
    expect(await marts.query("SELECT * FROM marts.daily_revenue ORDER BY event_date, currency")).toEqual([
      {
        event_date: "2026-11-19",
        game_id: "my_game",
        platform: "ios",
        currency: "EUR",
        purchases: 1,
        paying_users: 1,
        quantity: 1,
        amount: "5.000000",
        revenue_usd: "5.500000",
        verified_revenue_usd: "0.000000",
        unconverted_purchases: 0,
        unconverted_amount: "0.000000",
        duplicate_purchases: 0,
        free_purchases: 0,
      },
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        platform: null,
        currency: "BRL",
        purchases: 2,
        paying_users: 2,
        quantity: 3,
        amount: "39.900000",
        revenue_usd: null,
        verified_revenue_usd: "0.000000",
        unconverted_purchases: 2,
        unconverted_amount: "39.900000",
        duplicate_purchases: 0,
        free_purchases: 0,
      },
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        platform: "ios",
        currency: "EUR",
        purchases: 3, // ada's two and bob's; cy's is bob's again, dee's is free
        paying_users: 2,
        quantity: 4,
        amount: "13.000000", // 5 × 2 + 1 + 2
        revenue_usd: "14.300000",
        verified_revenue_usd: "0.000000",
        unconverted_purchases: 0,
        unconverted_amount: "0.000000",
        duplicate_purchases: 1,
        free_purchases: 1,
      },
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        platform: "ios",
        currency: "USD",
        purchases: 1,
        paying_users: 1,
        quantity: 1,
        amount: "3.000000",
        revenue_usd: "3.000000",
        verified_revenue_usd: "0.000000",
        unconverted_purchases: 0,
        unconverted_amount: "0.000000",
        duplicate_purchases: 0,
        free_purchases: 0,
      },
    ]);
  });
});

describe("revenue in a reporting currency", () => {
  it("goes by both rates of the moment, and leaves what was paid in it as it is", async () => {
    await using marts = await startMarts();
    await marts.rate("EUR", "1.20", "2026-11-01");
    await marts.rate("GBP", "1.50", "2026-11-01");
    await marts.rate("GBP", "1.60", "2026-11-20");
    await marts.happened(
      purchase("ada", "2026-10-31 10:00", "1.00", "GBP"), // no rate is needed
      purchase("ada", "2026-11-19 23:59:59.999", "5.00", "EUR", { quantity: 2 }),
      purchase("ada", "2026-11-20 00:00", "10.00", "EUR"),
      purchase("ada", "2026-11-20 11:00", "0.333333", "GBP"),
      purchase("ada", "2026-11-20 12:00", "7.00", "BRL"),
      purchase("ada", "2026-11-20 13:00", "10.00", "EUR", { transaction_id: "t-1" }),
      purchase("ada", "2026-11-20 14:00", "10.00", "EUR", { transaction_id: "t-1" }),
    );
    const rows = await marts.query(
      `SELECT amount, currency, revenue, is_converted FROM marts.purchases_in_currency
       WHERE reporting_currency = 'GBP' ORDER BY timestamp`,
    );
    expect(rows).toEqual([
      { amount: "1.000000", currency: "GBP", revenue: "1.000000", is_converted: true },
      { amount: "10.000000", currency: "EUR", revenue: "8.000000", is_converted: true }, // 10 × 1.2 ÷ 1.5
      { amount: "10.000000", currency: "EUR", revenue: "7.500000", is_converted: true }, // 10 × 1.2 ÷ 1.6
      { amount: "0.333333", currency: "GBP", revenue: "0.333333", is_converted: true },
      { amount: "7.000000", currency: "BRL", revenue: null, is_converted: false },
      { amount: "10.000000", currency: "EUR", revenue: "7.500000", is_converted: true },
      { amount: "10.000000", currency: "EUR", revenue: "0.000000", is_converted: true },
    ]);
    expect(
      await marts.query(
        "SELECT * FROM marts.daily_revenue_in_currency WHERE reporting_currency = 'GBP' ORDER BY event_date",
      ),
    ).toEqual([
      {
        event_date: "2026-10-31",
        game_id: "my_game",
        platform: null,
        reporting_currency: "GBP",
        purchases: 1,
        revenue: "1.000000",
        unconverted_purchases: 0,
      },
      {
        event_date: "2026-11-19",
        game_id: "my_game",
        platform: null,
        reporting_currency: "GBP",
        purchases: 1,
        revenue: "8.000000",
        unconverted_purchases: 0,
      },
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        platform: null,
        reporting_currency: "GBP",
        purchases: 4,
        revenue: "15.333333", // 7.5 + 0.333333 + 7.5
        unconverted_purchases: 1,
      },
    ]);
  });

  it("says so where the reporting currency had no rate yet", async () => {
    await using marts = await startMarts();
    await marts.rate("CHF", "1.25", "2026-11-20");
    await marts.happened(
      purchase("ada", "2026-11-19 10:00", "10.00", "USD"),
      purchase("ada", "2026-11-20 10:00", "10.00", "USD"),
    );
    expect(
      await marts.query(
        `SELECT event_date, reporting_currency, revenue, unconverted_purchases FROM marts.daily_revenue_in_currency
         ORDER BY event_date, reporting_currency`,
      ),
    ).toEqual([
      { event_date: "2026-11-19", reporting_currency: "CHF", revenue: null, unconverted_purchases: 1 },
      { event_date: "2026-11-19", reporting_currency: "USD", revenue: "10.000000", unconverted_purchases: 0 },
      { event_date: "2026-11-20", reporting_currency: "CHF", revenue: "8.000000", unconverted_purchases: 0 },
      { event_date: "2026-11-20", reporting_currency: "USD", revenue: "10.000000", unconverted_purchases: 0 },
    ]);
  });
});

describe("ads", () => {
  const ad = (action: string, at: string, fields: Record<string, unknown> = {}) =>
    event("ad", "ada", at, {
      action,
      ad_type: "rewarded_video",
      placement: "shop",
      network: "unity",
      ...fields,
    });

  it("earn what they say, once, whichever of their events says it", async () => {
    await using marts = await startMarts();
    await marts.rate("EUR", "1.10", "2026-11-01");
    await marts.happened(
      ad("shown", `${DAY} 10:00`, { revenue: "0.012345", currency: "USD" }),
      ad("shown", `${DAY} 10:01`, { revenue: "0.01", currency: "EUR" }),
      ad("shown", `${DAY} 10:02`),
      ad("shown", `${DAY} 10:03`, { revenue: "0.5", currency: "BRL" }),
      ad("clicked", `${DAY} 10:04`),
      ad("rewarded", `${DAY} 10:05`, { revenue: "0.02", currency: "USD" }),
      ad("failed", "2026-11-21 00:00", { placement: null }),
      purchase("ada", "2026-11-20 10:06", "5.00", "USD"), // no ad
    );
    expect(
      await marts.query("SELECT action, revenue_usd, is_converted FROM marts.ad_events ORDER BY timestamp"),
    ).toEqual([
      { action: "shown", revenue_usd: "0.012345", is_converted: true },
      { action: "shown", revenue_usd: "0.011000", is_converted: true },
      { action: "shown", revenue_usd: "0.000000", is_converted: true },
      { action: "shown", revenue_usd: null, is_converted: false },
      { action: "clicked", revenue_usd: "0.000000", is_converted: true },
      { action: "rewarded", revenue_usd: "0.020000", is_converted: true },
      { action: "failed", revenue_usd: "0.000000", is_converted: true },
    ]);
    expect(await marts.query("SELECT * FROM marts.ad_revenue ORDER BY event_date")).toEqual([
      {
        event_date: DAY,
        game_id: "my_game",
        network: "unity",
        ad_type: "rewarded_video",
        placement: "shop",
        shown: 4,
        clicked: 1,
        rewarded: 1,
        failed: 0,
        revenue_usd: "0.043345",
        unconverted_events: 1,
        ecpm_usd: "10.836250", // 0.043345 ÷ 4 × 1,000
      },
      {
        event_date: "2026-11-21",
        game_id: "my_game",
        network: "unity",
        ad_type: "rewarded_video",
        placement: null,
        shown: 0,
        clicked: 0,
        rewarded: 0,
        failed: 1,
        revenue_usd: "0.000000",
        unconverted_events: 0,
        ecpm_usd: null,
      },
    ]);
  });
});
