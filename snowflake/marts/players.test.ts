import { describe, expect, it } from "vitest";
import { type EventRow, event, NOW, purchase, seen, startMarts } from "./testing.ts";

const install = (user: string, at: string, source: string, country: string, fields = {}) =>
  event("install", user, at, { source, country, platform: "ios", ...fields });

const days = (user: string, ...dates: string[]) => dates.map((date) => seen(user, `${date} 18:00`));

describe("marts.retention_cohorts", () => {
  it("is the table that one counts by hand", async () => {
    await using marts = await startMarts();
    await marts.happened(
      // Played again on day …                                          1     2     3     7    14    30
      install("ada", "2026-11-01 10:00", "organic", "DE"), //          11-02       11-04 11-08 11-15
      ...days("ada", "2026-11-02", "2026-11-04", "2026-11-08", "2026-11-15"),
      install("bob", "2026-11-01 23:59:59.999", "organic", "DE"), //   11-02 11-03
      ...days("bob", "2026-11-02", "2026-11-03"),
      seen("bob", "2026-11-02 19:00"), // twice on a day is once
      install("cy", "2026-11-01 00:00", "organic", "DE"), //           never
      install("dee", "2026-11-01 10:00", "unity_ads", "US"), //                          11-08
      ...days("dee", "2026-11-08"),
      install("gil", "2026-10-20 10:00", "organic", "DE"), //                                        11-19
      ...days("gil", "2026-11-19"),
      // Without an install event the first day counts, and the first country: 11-19, a millisecond before midnight.
      seen("eve", "2026-11-19 23:59:59.999", { country: "FR" }), //    11-20
      ...days("eve", "2026-11-20"),
      // Today is fay's day 1, and it is not over.
      install("fay", "2026-11-20 10:00", "organic", "DE"),
      ...days("fay", "2026-11-21"),
      // Another game's ada is another player.
      install("ada", "2026-11-01 10:00", "organic", "DE", { game_id: "other_game" }),
    );
    const cohorts = await marts.query(
      `SELECT * FROM marts.retention_cohorts
       ORDER BY game_id, cohort_date, install_source, install_country, day_number`,
    );
    const asText = cohorts.map(
      (row) =>
        `${row.game_id} ${row.cohort_date} ${row.install_source} ${row.install_country} D${row.day_number}: ` +
        `${row.retained_users} of ${row.cohort_users} = ${row.retention_rate}`,
    );
    expect(asText).toEqual([
      "my_game 2026-10-20 organic DE D1: 0 of 1 = 0",
      "my_game 2026-10-20 organic DE D3: 0 of 1 = 0",
      "my_game 2026-10-20 organic DE D7: 0 of 1 = 0",
      "my_game 2026-10-20 organic DE D14: 0 of 1 = 0",
      "my_game 2026-10-20 organic DE D30: 1 of 1 = 1",
      "my_game 2026-11-01 organic DE D1: 2 of 3 = 0.6667",
      "my_game 2026-11-01 organic DE D3: 1 of 3 = 0.3333",
      "my_game 2026-11-01 organic DE D7: 1 of 3 = 0.3333",
      "my_game 2026-11-01 organic DE D14: 1 of 3 = 0.3333",
      "my_game 2026-11-01 organic DE D30: null of 3 = null",
      "my_game 2026-11-01 unity_ads US D1: 0 of 1 = 0",
      "my_game 2026-11-01 unity_ads US D3: 0 of 1 = 0",
      "my_game 2026-11-01 unity_ads US D7: 1 of 1 = 1",
      "my_game 2026-11-01 unity_ads US D14: 0 of 1 = 0",
      "my_game 2026-11-01 unity_ads US D30: null of 1 = null",
      "my_game 2026-11-19 null FR D1: 1 of 1 = 1",
      "my_game 2026-11-19 null FR D3: null of 1 = null",
      "my_game 2026-11-19 null FR D7: null of 1 = null",
      "my_game 2026-11-19 null FR D14: null of 1 = null",
      "my_game 2026-11-19 null FR D30: null of 1 = null",
      "my_game 2026-11-20 organic DE D1: null of 1 = null",
      "my_game 2026-11-20 organic DE D3: null of 1 = null",
      "my_game 2026-11-20 organic DE D7: null of 1 = null",
      "my_game 2026-11-20 organic DE D14: null of 1 = null",
      "my_game 2026-11-20 organic DE D30: null of 1 = null",
      "other_game 2026-11-01 organic DE D1: 0 of 1 = 0",
      "other_game 2026-11-01 organic DE D3: 0 of 1 = 0",
      "other_game 2026-11-01 organic DE D7: 0 of 1 = 0",
      "other_game 2026-11-01 organic DE D14: 0 of 1 = 0",
      "other_game 2026-11-01 organic DE D30: null of 1 = null",
    ]);
  });

  it("judges a day as soon as it is over, and not a moment sooner", async () => {
    const rateAt = async (now: string) => {
      await using marts = await startMarts(new Date(now));
      await marts.happened(install("ada", "2026-11-19 10:00", "organic", "DE"), ...days("ada", "2026-11-20"));
      return await marts.query(
        "SELECT retained_users, retention_rate FROM marts.retention_cohorts WHERE day_number = 1",
      );
    };
    expect(await rateAt("2026-11-20T23:59:59.999Z")).toEqual([
      { retained_users: null, retention_rate: null },
    ]);
    expect(await rateAt("2026-11-21T00:00:00.000Z")).toEqual([{ retained_users: 1, retention_rate: 1 }]);
  });
});

describe("marts.players", () => {
  it("takes a player's attributes from the install, or else from the first event", async () => {
    await using marts = await startMarts();
    await marts.happened(
      seen("ada", "2026-11-01 09:00", { country: "AT", platform: "web", app_version: "1.0" }),
      install("ada", "2026-11-02 10:00", "unity_ads", "DE", { campaign: "autumn", app_version: "1.1" }),
      seen("bob", "2026-11-03 09:00", { country: "FR", platform: "android", app_version: "1.2" }),
    );
    expect(await marts.query("SELECT * FROM marts.players ORDER BY user_id")).toEqual([
      {
        game_id: "my_game",
        user_id: "ada",
        cohort_date: "2026-11-02",
        has_install_event: true,
        first_seen_at: "2026-11-01 09:00:00.000",
        last_seen_at: "2026-11-02 10:00:00.000",
        install_source: "unity_ads",
        install_campaign: "autumn",
        install_country: "DE",
        install_platform: "ios",
        install_app_version: "1.1",
      },
      {
        game_id: "my_game",
        user_id: "bob",
        cohort_date: "2026-11-03",
        has_install_event: false,
        first_seen_at: "2026-11-03 09:00:00.000",
        last_seen_at: "2026-11-03 09:00:00.000",
        install_source: null,
        install_campaign: null,
        install_country: "FR",
        install_platform: "android",
        install_app_version: "1.2",
      },
    ]);
  });
});

const ad = (user: string, at: string, revenue: string, currency = "USD") =>
  event("ad", user, at, { action: "shown", ad_type: "banner", revenue, currency });

describe("marts.user_ltv", () => {
  it("is the table that one counts by hand", async () => {
    await using marts = await startMarts();
    await marts.rate("EUR", "1.10", "2026-11-01");
    await marts.happened(
      // 60 + 40 = 100 USD: just a whale.
      install("ada", "2026-11-01 10:00", "organic", "DE"),
      purchase("ada", "2026-11-02 10:00", "60.00", "USD"),
      purchase("ada", "2026-11-05 10:00", "40.00", "USD"),
      ad("ada", "2026-11-08 10:00", "0.05"),
      // 9.09 × 2 × 1.10 = 19.998 USD: not quite a dolphin.
      purchase("bob", "2026-11-02 10:00", "9.09", "EUR", { quantity: 2 }),
      // 20 USD: just a dolphin. What advertisements earn makes no whale.
      purchase("cy", "2026-11-02 23:59:59.999", "20.00", "USD"),
      ad("cy", "2026-11-03 00:00", "90.00"),
      // 99.99 USD and the same transaction again: no whale.
      purchase("dee", "2026-11-02 10:00", "99.99", "USD", { transaction_id: "t-1" }),
      purchase("dee", "2026-11-02 11:00", "99.99", "USD", { transaction_id: "t-1" }),
      // 500 BRL without a rate: a minnow, and it shows why.
      purchase("eve", "2026-11-02 10:00", "500.00", "BRL"),
      ad("eve", "2026-11-02 10:01", "0.07", "BRL"),
      // A gift is no purchase.
      purchase("fay", "2026-11-02 10:00", "0.00", "USD"),
      ad("fay", "2026-11-02 10:01", "0.01", "EUR"),
      // Another game's ada pays nothing there.
      seen("ada", "2026-11-02 10:00", { game_id: "other_game" }),
    );
    expect(
      await marts.query(
        `SELECT game_id, user_id, cohort_date, lifetime_days AS days, purchases AS bought, purchase_revenue_usd AS paid,
           ad_revenue_usd AS ads, lifetime_revenue_usd AS ltv, unconverted_purchases AS lacks,
           unconverted_ad_events AS lacks_ads, segment
         FROM marts.user_ltv ORDER BY game_id, user_id`,
      ),
    ).toEqual(
      [
        ["my_game", "ada", "2026-11-01", 7, 2, "100.000000", "0.050000", "100.050000", 0, 0, "whale"],
        ["my_game", "bob", "2026-11-02", 0, 1, "19.998000", "0.000000", "19.998000", 0, 0, "minnow"],
        ["my_game", "cy", "2026-11-02", 1, 1, "20.000000", "90.000000", "110.000000", 0, 0, "dolphin"],
        ["my_game", "dee", "2026-11-02", 0, 1, "99.990000", "0.000000", "99.990000", 0, 0, "dolphin"],
        ["my_game", "eve", "2026-11-02", 0, 1, "0.000000", "0.000000", "0.000000", 1, 1, "minnow"],
        ["my_game", "fay", "2026-11-02", 0, 0, "0.000000", "0.011000", "0.011000", 0, 0, "free"],
        ["other_game", "ada", "2026-11-02", 0, 0, "0.000000", "0.000000", "0.000000", 0, 0, "free"],
      ].map(([game_id, user_id, cohort_date, days, bought, paid, ads, ltv, lacks, lacks_ads, segment]) => ({
        game_id,
        user_id,
        cohort_date,
        days,
        bought,
        paid,
        ads,
        ltv,
        lacks,
        lacks_ads,
        segment,
      })),
    );
    expect(
      await marts.query("SELECT * FROM marts.user_ltv WHERE game_id = 'my_game' AND user_id = 'ada'"),
    ).toEqual([
      {
        game_id: "my_game",
        user_id: "ada",
        cohort_date: "2026-11-01",
        has_install_event: true,
        install_source: "organic",
        install_campaign: null,
        install_country: "DE",
        install_platform: "ios",
        last_seen_at: "2026-11-08 10:00:00.000",
        lifetime_days: 7,
        purchases: 2,
        first_purchase_at: "2026-11-02 10:00:00.000",
        last_purchase_at: "2026-11-05 10:00:00.000",
        purchase_revenue_usd: "100.000000",
        ad_revenue_usd: "0.050000",
        lifetime_revenue_usd: "100.050000",
        unconverted_purchases: 0,
        unconverted_ad_events: 0,
        segment: "whale",
      },
    ]);
  });

  it("adds up to the segments of a game", async () => {
    await using marts = await startMarts();
    await marts.happened(
      purchase("ada", "2026-11-02 10:00", "150.00", "USD"),
      purchase("bob", "2026-11-02 10:00", "30.00", "USD"),
      purchase("cy", "2026-11-02 10:00", "10.00", "USD"),
      purchase("cy", "2026-11-02 11:00", "10.00", "USD"),
      purchase("dee", "2026-11-02 10:00", "1.00", "BRL"),
      ad("eve", "2026-11-02 10:00", "0.25"),
    );
    const none = { ad_revenue_usd: "0.000000", unconverted_purchases: 0 };
    const of = (segment: string, fields: object) => ({ game_id: "my_game", segment, ...none, ...fields });
    expect(
      await marts.query("SELECT * FROM marts.segment_summary ORDER BY purchase_revenue_usd, segment"),
    ).toEqual([
      of("free", {
        users: 1,
        purchases: 0,
        purchase_revenue_usd: "0.000000",
        ad_revenue_usd: "0.250000",
        share_of_revenue: 0,
      }),
      of("minnow", {
        users: 1,
        purchases: 1,
        purchase_revenue_usd: "0.000000",
        unconverted_purchases: 1,
        share_of_revenue: 0,
      }),
      of("dolphin", { users: 2, purchases: 3, purchase_revenue_usd: "50.000000", share_of_revenue: 0.25 }),
      of("whale", { users: 1, purchases: 1, purchase_revenue_usd: "150.000000", share_of_revenue: 0.75 }),
    ]);
  });
});

describe("marts.active_users", () => {
  it("counts each day's players of 1, 7 and 30 days, days without any included", async () => {
    await using marts = await startMarts(new Date("2026-11-12T13:00:00.000Z"));
    await marts.happened(
      seen("ada", "2026-11-01 23:59:59.999"),
      seen("ada", "2026-11-01 10:00"),
      seen("ada", "2026-11-03 00:00"),
      seen("bob", "2026-11-03 10:00"),
      seen("bob", "2026-11-11 10:00"),
      seen("ada", "2026-11-12 10:00", { game_id: "other_game" }),
    );
    const rows = await marts.query("SELECT * FROM marts.active_users ORDER BY game_id, event_date");
    expect(
      rows.map((row) => [row.game_id, row.event_date, row.dau, row.wau, row.mau, row.stickiness]),
    ).toEqual([
      ["my_game", "2026-11-01", 1, 1, 1, 1],
      ["my_game", "2026-11-02", 0, 1, 1, 0],
      ["my_game", "2026-11-03", 2, 2, 2, 1],
      ["my_game", "2026-11-04", 0, 2, 2, 0],
      ["my_game", "2026-11-05", 0, 2, 2, 0],
      ["my_game", "2026-11-06", 0, 2, 2, 0],
      ["my_game", "2026-11-07", 0, 2, 2, 0],
      ["my_game", "2026-11-08", 0, 2, 2, 0],
      ["my_game", "2026-11-09", 0, 2, 2, 0], // the 7th day of both, from 11-03
      ["my_game", "2026-11-10", 0, 0, 2, 0],
      ["my_game", "2026-11-11", 1, 1, 2, 0.5],
      ["my_game", "2026-11-12", 0, 1, 2, 0],
      ["other_game", "2026-11-12", 1, 1, 1, 1],
    ]);
  });

  it("agrees with counting the players of each window one by one", async () => {
    await using marts = await startMarts();
    const first = Date.parse("2026-07-01");
    const dateOf = (day: number) => new Date(first + day * 86_400_000).toISOString().slice(0, 10);
    const today = (Date.parse(NOW.toISOString().slice(0, 10)) - first) / 86_400_000;
    // Gaps of each kind: shorter than a week, exactly 6, 7, 8, 29, 30, 31 days, and long ones.
    const daysOf = new Map([
      ["ada", [0, 6, 13, 21, 50, 80, 111]],
      ["bob", [1, 2, 3, 33, 62, 93, 130]],
      ["cy", [5, 12, 12, 18, 47, 90]],
      ["dee", [30, 60, 90, 120, 143]],
    ]);
    const visits: EventRow[] = [...daysOf].flatMap(([user, days]) =>
      days.map((day) => seen(user, `${dateOf(day)} 12:00`)),
    );
    await marts.happened(...visits);
    const activeIn = (from: number, until: number) =>
      [...daysOf.values()].filter((days) => days.some((day) => day >= from && day <= until)).length;
    const counted = Array.from({ length: today + 1 }, (_, day) => ({
      event_date: dateOf(day),
      dau: activeIn(day, day),
      wau: activeIn(day - 6, day),
      mau: activeIn(day - 29, day),
    }));
    expect(
      await marts.query("SELECT event_date, dau, wau, mau FROM marts.active_users ORDER BY event_date"),
    ).toEqual(counted);
  });
});

describe("marts.acquisition", () => {
  it("shows what the players of a campaign brought, and who came back, once that can be known", async () => {
    await using marts = await startMarts();
    const fromUnity = (user: string, at: string) =>
      install(user, at, "unity_ads", "US", { campaign: "autumn" });
    await marts.happened(
      fromUnity("ada", "2026-11-01 10:00"),
      ...days("ada", "2026-11-02", "2026-11-08"),
      purchase("ada", "2026-11-10 10:00", "5.00", "USD"),
      purchase("ada", "2026-11-11 10:00", "5.00", "USD"),
      fromUnity("bob", "2026-11-01 11:00"),
      ad("bob", "2026-11-02 10:00", "0.50"),
      fromUnity("cy", "2026-11-01 12:00"),
      purchase("cy", "2026-11-01 13:00", "1.00", "BRL"),
      fromUnity("dee", "2026-11-19 10:00"),
      seen("eve", "2026-11-19 10:00", { country: "US" }),
    );
    expect(await marts.query("SELECT * FROM marts.acquisition ORDER BY cohort_date, install_source")).toEqual(
      [
        {
          cohort_date: "2026-11-01",
          game_id: "my_game",
          install_source: "unity_ads",
          install_campaign: "autumn",
          install_country: "US",
          new_users: 3,
          installs: 3,
          payers: 2,
          purchase_revenue_usd: "10.000000",
          ad_revenue_usd: "0.500000",
          unconverted_purchases: 1,
          arpu_usd: "3.500000",
          payer_rate: 0.6667,
          d1_retained_users: 2,
          d1_retention_rate: 0.6667,
          d7_retained_users: 1,
          d7_retention_rate: 0.3333,
        },
        {
          cohort_date: "2026-11-19",
          game_id: "my_game",
          install_source: "unity_ads",
          install_campaign: "autumn",
          install_country: "US",
          new_users: 1,
          installs: 1,
          payers: 0,
          purchase_revenue_usd: "0.000000",
          ad_revenue_usd: "0.000000",
          unconverted_purchases: 0,
          arpu_usd: "0.000000",
          payer_rate: 0,
          d1_retained_users: 0,
          d1_retention_rate: 0,
          d7_retained_users: null,
          d7_retention_rate: null,
        },
        {
          cohort_date: "2026-11-19",
          game_id: "my_game",
          install_source: null,
          install_campaign: null,
          install_country: "US",
          new_users: 1,
          installs: 0,
          payers: 0,
          purchase_revenue_usd: "0.000000",
          ad_revenue_usd: "0.000000",
          unconverted_purchases: 0,
          arpu_usd: "0.000000",
          payer_rate: 0,
          d1_retained_users: 0,
          d1_retention_rate: 0,
          d7_retained_users: null,
          d7_retention_rate: null,
        },
      ],
    );
  });
});
