import { describe, expect, it } from "vitest";
import { NO_TOTALS, type Totals } from "../../queue/stats.ts";
import { type Day, firstDay } from "../history/day.ts";
import { type Report, reportOf, reportSchema } from "./report.ts";
import { textOf } from "./text.ts";

const totals = (fields: Partial<Totals>): Totals => ({ ...NO_TOTALS, ...fields });

const REASONS = [
  { code: "invalid_decimal", field: "price", count: 170 },
  { code: "required", field: "currency", count: 30 },
  { code: "event_too_large", field: "", count: 9 },
  { code: "too_old", field: "timestamp", count: 1 },
];

/** A day on which something happened, behind others of which it knows no more than the sum. */
const day: Day = {
  ...firstDay(NO_TOTALS, false, 0),
  atStart: totals({ received: 1_000_000, accepted: 1_000_000, dead_lettered: 9, rows_written: 700_000 }),
  totals: totals({
    received: 1_071_300,
    accepted: 1_071_000,
    duplicates: 90,
    rejected: 210,
    dead_lettered: 12,
    firehose_billed_bytes: 71_000 * 1_024,
    rows_written: 703_550,
  }),
  worstLatencyMs: 9_049,
  today: { active_players: 1_712, purchases: 43, revenue: { EUR: "212.57", JPY: "3000" }, reasons: REASONS },
};

const REPORT: Report = {
  day: "2026-11-20",
  events: { received: 71_300, accepted: 71_000, duplicates: 90, rejected: 210 },
  rejected_share: 210 / 71_300,
  top_reasons: REASONS.slice(0, 3),
  active_players: 1_712,
  purchases: 43,
  revenue: { EUR: "212.57", JPY: "3000" },
  dead_letters: 3,
  latency_p95_ms: 9_049,
  cost_per_million_usd: 0.077_657,
};

describe("a day's report", () => {
  it("is of that day alone", () => {
    expect(reportSchema.parse(reportOf("2026-11-20", day))).toEqual(REPORT);
  });

  it("is not made where nothing came", () => {
    expect(reportOf("2026-11-20", { ...day, totals: day.atStart })).toBe(null);
  });

  it("says that it does not know what the live state did not tell", () => {
    expect(reportOf("2026-11-20", { ...day, today: null, worstLatencyMs: null })).toEqual({
      ...REPORT,
      top_reasons: [],
      active_players: null,
      purchases: null,
      revenue: null,
      latency_p95_ms: null,
    });
  });
});

describe("its text", () => {
  it("is short, and says all of it", () => {
    expect(textOf("awesome_game", REPORT)).toBe(`*Daily report*: game \`awesome_game\`, 2026-11-20 (UTC)
71,000 events accepted, 90 duplicates
210 events rejected (0.3 %): 170 × invalid_decimal of \`price\`, 30 × required of \`currency\`, 9 × event_too_large
about 1,712 active players
43 purchases: EUR 212.57, JPY 3000
3 new dead letters
95 % delivered within 9.0 s, in the worst hour
$0.08 for a million events, at list prices`);
  });

  it("shows a field by the name that a stranger gave it, of which nothing becomes a link, a mention or a line", () => {
    const field = "properties.x`\r\n\u2028*Incident*: <!channel> https://evil.example";
    const text = textOf("awesome_game", {
      ...REPORT,
      top_reasons: [{ code: "invalid_key", field, count: 1 }],
    });
    expect(text.split("\n")[2]).toBe(
      "210 events rejected (0.3 %): 1 × invalid_key of `properties.x\ufffd\ufffd\ufffd\ufffd*Incident*: &lt;!channel&gt; https://evil.example`",
    );
  });

  it("leaves out what is not known", () => {
    const unknown = { active_players: null, purchases: null, revenue: null, latency_p95_ms: null };
    const text = textOf("awesome_game", { ...REPORT, ...unknown, top_reasons: [], dead_letters: 1 });
    expect(text).toBe(`*Daily report*: game \`awesome_game\`, 2026-11-20 (UTC)
71,000 events accepted, 90 duplicates
210 events rejected (0.3 %)
1 new dead letter
$0.08 for a million events, at list prices`);
  });
});
