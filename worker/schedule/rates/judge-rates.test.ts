import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KnownRate } from "../../queue/registry.ts";
import { isJump } from "./decimal.ts";
import { type Judgement, judgeRates } from "./judge-rates.ts";
import type { Publication } from "./parse-feed.ts";

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse("2026-11-16T00:00:00Z");

const at = (day: number) => new Date(FIRST_DAY + day * DAY_MS).toISOString();
const dateOf = (day: number) => at(day).slice(0, 10);

/** The rate that so many dollars are. */
const rate = (dollars: number) => dollars.toFixed(12);

const rates = (byCurrency: Record<string, number>) =>
  new Map(Object.entries(byCurrency).map(([currency, dollars]) => [currency, rate(dollars)]));

const published = (
  day: number,
  byCurrency: Record<string, number>,
  unusable: string[] = [],
): Publication => ({
  validFrom: at(day),
  rates: rates(byCurrency),
  unusable,
});

/** Looks at publications one after the other, each on the evening of its own day unless told otherwise. */
class Source {
  known: KnownRate[] = [];

  sees(publication: Publication, now = Date.parse(publication.validFrom) + 16 * 3_600_000) {
    const { taken, known, warnings } = judgeRates(publication, this.known, now);
    const told = new Set(known.map(({ currency }) => currency));
    this.known = [...this.known.filter(({ currency }) => !told.has(currency)), ...known];
    return {
      taken: taken.map(({ currency, usd_per_unit, valid_from }) => [
        currency,
        Number(usd_per_unit),
        valid_from,
      ]),
      warnings,
    };
  }
}

const NOTHING: Judgement["taken"] = [];

describe("rates", () => {
  it("are all taken the first time", () => {
    expect(new Source().sees(published(0, { EUR: 1.05, JPY: 0.0067 }))).toEqual({
      taken: [
        ["EUR", 1.05, at(0)],
        ["JPY", 0.0067, at(0)],
      ],
      warnings: [],
    });
  });

  it("are taken once for a day, however often they are looked at, and again on the next", () => {
    const source = new Source();
    source.sees(published(0, { EUR: 1.05 }));
    for (let i = 0; i < 3; i++)
      expect(source.sees(published(0, { EUR: 1.05 }))).toEqual({ taken: NOTHING, warnings: [] });
    expect(source.sees(published(1, { EUR: 1.05 }))).toEqual({ taken: [["EUR", 1.05, at(1)]], warnings: [] });
  });

  it("are taken of a currency that comes later, on the same day too", () => {
    const source = new Source();
    source.sees(published(0, { EUR: 1.05 }));
    expect(source.sees(published(0, { EUR: 1.05, JPY: 0.0067 })).taken).toEqual([["JPY", 0.0067, at(0)]]);
  });

  it("of an older day are refused", () => {
    const source = new Source();
    source.sees(published(1, { EUR: 1.05 }));
    expect(source.sees(published(0, { EUR: 1.04, JPY: 0.0067 }))).toEqual({
      taken: NOTHING,
      warnings: [{ event: "rates_older_than_known", day: dateOf(0) }],
    });
  });

  it("of a day to come are refused, so that they cannot make all others old", () => {
    const source = new Source();
    expect(source.sees(published(365, { EUR: 1.05 }), FIRST_DAY)).toEqual({
      taken: NOTHING,
      warnings: [{ event: "rates_from_the_future", day: dateOf(365) }],
    });
    expect(source.sees(published(0, { EUR: 1.05 })).taken).toHaveLength(1);
  });

  it("that are a week old are taken, and said to be stale for as long as nothing newer comes", () => {
    const source = new Source();
    const stale = { event: "rates_stale", day: dateOf(0) };
    expect(source.sees(published(0, { EUR: 1.05 }), FIRST_DAY + 7 * DAY_MS).warnings).toEqual([]);
    for (let i = 1; i <= 2; i++)
      expect(source.sees(published(0, { EUR: 1.05 }), FIRST_DAY + 7 * DAY_MS + i).warnings).toEqual([stale]);
    expect(source.sees(published(8, { EUR: 1.05 })).warnings).toEqual([]);
  });
});

describe("a currency", () => {
  it("that is missing is said to be so once a day, while the others go on; the last rate stays known", () => {
    const source = new Source();
    source.sees(published(0, { EUR: 1.05, JPY: 0.0067, CHF: 1.1 }));
    const missing = { event: "rates_missing", day: dateOf(1), currencies: ["JPY", "CHF"] };
    expect(source.sees(published(1, { EUR: 1.06 }))).toEqual({
      taken: [["EUR", 1.06, at(1)]],
      warnings: [missing],
    });
    expect(source.sees(published(1, { EUR: 1.06 })).warnings).toEqual([]);
    expect(source.sees(published(2, { EUR: 1.06, JPY: 0.0068 })).warnings).toEqual([
      { ...missing, day: dateOf(2), currencies: ["CHF"] },
    ]);
    expect(source.known).toContainEqual({
      currency: "CHF",
      usd_per_unit: rate(1.1),
      valid_from: at(0),
      held: null,
    });
  });

  it("is missed no more once it is gone for a month", () => {
    const source = new Source();
    source.sees(published(0, { EUR: 1.05, BGN: 0.54 }));
    expect(source.sees(published(30, { EUR: 1.05 })).warnings).toMatchObject([{ event: "rates_missing" }]);
    expect(source.sees(published(31, { EUR: 1.05 })).warnings).toEqual([]);
  });

  it("that cannot be used is named, once a day", () => {
    const source = new Source();
    expect(source.sees(published(0, { EUR: 1.05 }, ["XXX"])).warnings).toEqual([
      { event: "rates_unusable", day: dateOf(0), currencies: ["XXX"] },
    ]);
    expect(source.sees(published(0, { EUR: 1.05 }, ["XXX"])).warnings).toEqual([]);
  });
});

describe("a jump of more than 20 %", () => {
  const jump = (day: number, from: number, to: number) => ({
    day: dateOf(day),
    currency: "TRY",
    from: rate(from),
    to: rate(to),
  });

  it("holds back the one currency, and says so once", () => {
    const source = new Source();
    source.sees(published(0, { EUR: 1.05, TRY: 0.03 }));
    const jumped = published(1, { EUR: 1.06, TRY: 0.02 });
    expect(source.sees(jumped)).toEqual({
      taken: [["EUR", 1.06, at(1)]],
      warnings: [{ event: "rate_held_back", ...jump(1, 0.03, 0.02) }],
    });
    expect(source.sees(jumped)).toEqual({ taken: NOTHING, warnings: [] });
  });

  it("that the next day does not confirm was a slip, and leaves no trace", () => {
    const source = new Source();
    source.sees(published(0, { TRY: 0.03 }));
    source.sees(published(1, { TRY: 3 }));
    expect(source.sees(published(2, { TRY: 0.031 }))).toEqual({
      taken: [["TRY", 0.031, at(2)]],
      warnings: [],
    });
    expect(source.known).toEqual([
      { currency: "TRY", usd_per_unit: rate(0.031), valid_from: at(2), held: null },
    ]);
  });

  it("that the next day confirms is taken, for the day that it was held back too", () => {
    const source = new Source();
    source.sees(published(0, { TRY: 0.03 }));
    source.sees(published(1, { TRY: 0.02 }));
    expect(source.sees(published(2, { TRY: 0.019 }))).toEqual({
      taken: [
        ["TRY", 0.02, at(1)],
        ["TRY", 0.019, at(2)],
      ],
      warnings: [{ event: "rate_jump_confirmed", ...jump(2, 0.03, 0.019) }],
    });
    expect(source.sees(published(3, { TRY: 0.02 })).warnings).toEqual([]);
  });

  it("that leads elsewhere every day is held back every day", () => {
    const source = new Source();
    source.sees(published(0, { TRY: 0.03 }));
    source.sees(published(1, { TRY: 0.3 }));
    expect(source.sees(published(2, { TRY: 3 }))).toEqual({
      taken: NOTHING,
      warnings: [{ event: "rate_held_back", ...jump(2, 0.03, 3) }],
    });
    expect(source.sees(published(3, { TRY: 3.1 })).taken).toEqual([
      ["TRY", 3, at(2)],
      ["TRY", 3.1, at(3)],
    ]);
  });

  it("of the dollar holds back all others, since all are told in dollars", () => {
    const source = new Source();
    source.sees(published(0, { EUR: 1, JPY: 0.007, GBP: 1.2 }));
    const { taken, warnings } = source.sees(published(1, { EUR: 2, JPY: 0.014, GBP: 2.4 }));
    expect([taken, warnings.map(({ event }) => event)]).toEqual([
      NOTHING,
      ["rate_held_back", "rate_held_back", "rate_held_back"],
    ]);
  });
});

describe("whatever a source publishes", () => {
  const currency = fc.constantFrom("EUR", "JPY", "TRY");
  const publication = fc.record({
    day: fc.integer({ min: 0, max: 12 }),
    rates: fc.dictionary(currency, fc.double({ min: 0.5, max: 2, noNaN: true }), { maxKeys: 3 }),
  });

  it("no currency has two rates for a day, none goes back in time, and none jumps but for good", () => {
    fc.assert(
      fc.property(fc.array(publication, { maxLength: 30 }), (publications) => {
        const taken = new Map<string, { day: string; dollars: number }[]>();
        const source = new Source();
        for (const { day, rates: byCurrency } of publications) {
          const now = FIRST_DAY + 12 * DAY_MS;
          for (const [currency, dollars, validFrom] of source.sees(published(day, byCurrency), now).taken) {
            const history = taken.get(String(currency)) ?? [];
            history.push({ day: String(validFrom), dollars: Number(dollars) });
            taken.set(String(currency), history);
          }
          for (const { currency, usd_per_unit, valid_from } of source.known)
            expect(taken.get(currency)?.at(-1)).toEqual({ day: valid_from, dollars: Number(usd_per_unit) });
        }
        for (const history of taken.values()) {
          const days = history.map(({ day }) => day);
          expect(days).toEqual([...new Set(days)].toSorted());
          const isJumpTo = (i: number) =>
            i > 0 && isJump(rate(history[i - 1]?.dollars ?? 0), rate(history[i]?.dollars ?? 0));
          // What is jumped to is confirmed by the next rate, which is no jump from it.
          for (const i of history.keys())
            if (isJumpTo(i)) expect([i + 1 < history.length, isJumpTo(i + 1)]).toEqual([true, false]);
        }
      }),
    );
  });

  it("a rate that stays is taken by its second day at the latest", () => {
    const dollars = fc.double({ min: 0.001, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(dollars, { minLength: 1, maxLength: 8 }), dollars, (before, last) => {
        const source = new Source();
        for (const [day, value] of before.entries()) source.sees(published(day, { TRY: value }));
        source.sees(published(before.length, { TRY: last }));
        source.sees(published(before.length + 1, { TRY: last }));
        expect(source.known).toMatchObject([{ usd_per_unit: rate(last), valid_from: at(before.length + 1) }]);
      }),
    );
  });
});
