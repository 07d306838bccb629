import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { feedOf } from "../../testing/feeds.ts";
import { parseFeed } from "./parse-feed.ts";

const RATES = { USD: "1.0543", JPY: "157.07", GBP: "0.83425" };
const FEED = feedOf("2026-11-20", RATES);

const publicationOf = (text: string) => {
  const parsed = parseFeed(text);
  if (parsed.kind === "failed") throw new Error(parsed.problem);
  const { validFrom, rates, unusable } = parsed.publication;
  return { validFrom, rates: Object.fromEntries(rates), unusable };
};

describe("a feed", () => {
  it("is read as US dollars for one unit of each currency and of the euro, from the beginning of its day", () => {
    expect(publicationOf(FEED)).toEqual({
      validFrom: "2026-11-20T00:00:00.000Z",
      rates: { EUR: "1.054300000000", JPY: "0.006712293882", GBP: "1.263769853162" },
      unusable: [],
    });
  });

  it("keeps what it is good for where some of it is not", () => {
    const strange = {
      XXX: "1",
      EURO: "1",
      usd: "1",
      BRL: "0",
      CHF: "-1",
      CAD: "1e2",
      INR: "",
      VND: "999999999999",
    };
    expect(publicationOf(feedOf("2026-11-20", { ...RATES, ...strange }))).toEqual({
      ...publicationOf(FEED),
      rates: { ...publicationOf(FEED).rates, VND: "0.000000000001" },
      unusable: ["XXX", "EURO", "usd", "BRL", "CHF", "CAD", "INR"],
    });
  });

  it("says little of a code that says much", () => {
    const { unusable } = publicationOf(feedOf("2026-11-20", { ...RATES, ["A".repeat(5_000)]: "1" }));
    expect(unusable).toEqual(["A".repeat(16)]);
  });

  it.each([
    ["nothing", "", /^Root element is missing/],
    ["a word", "rates", /./],
    ["a page", "<!doctype html><html><body><p>Moved<br></body></html>", /./],
    [
      "a page that is well-formed",
      "<html><body><p>We are sorry</p></body></html>",
      "it has 0 days, where one is wanted",
    ],
    ["JSON", '{"USD":1.0543}', /./],
    ["a feed that was cut", FEED.slice(0, -30), /./],
    ["a feed that was cut in a rate", FEED.slice(0, FEED.indexOf("157.") + 4), /./],
    ["a feed without a day", FEED.replace(" time='2026-11-20'", ""), "it has 0 days, where one is wanted"],
    [
      "a feed of two days",
      FEED.replace("<Cube time", "<Cube time='2026-11-19'/><Cube time"),
      /^it has 2 days/,
    ],
    ["a day that is none", FEED.replace("2026-11-20", "2026-02-31"), "its day is no date"],
    ["a day in words", FEED.replace("2026-11-20", "20 November 2026"), "its day is no date"],
    ["no rate of the dollar", feedOf("2026-11-20", { JPY: "157.07" }), /^it has no rate of USD/],
    [
      "a dollar that is worth nothing",
      feedOf("2026-11-20", { ...RATES, USD: "0" }),
      /^it has no rate of USD/,
    ],
    [
      "a currency twice",
      FEED.replace("</Cube>", "<Cube currency='JPY' rate='1'/></Cube>"),
      "it has JPY twice",
    ],
    ["the euro in euros", feedOf("2026-11-20", { ...RATES, EUR: "2" }), "it has EUR twice"],
    ["an entity that is declared", `<!DOCTYPE x [<!ENTITY a "b">]>${FEED.replace("Reference", "&a;")}`, /./],
    ["elements in elements", "<Cube>".repeat(40_000), /./],
  ])("of %s is refused, and the problem fits a log line", (_, text, problem) => {
    const parsed = parseFeed(text.replace(/^<\?xml[^>]*>\n/, ""));
    expect(parsed).toEqual({
      kind: "failed",
      problem: typeof problem === "string" ? problem : expect.stringMatching(problem),
    });
    if (parsed.kind === "failed")
      expect([/\n/.test(parsed.problem), parsed.problem.length < 300]).toEqual([false, true]);
  });

  it("never throws, whatever part of it is missing or repeated", () => {
    fc.assert(
      fc.property(fc.nat(FEED.length), fc.nat(FEED.length), fc.string(), (from, to, filler) => {
        const { kind } = parseFeed(FEED.slice(0, from) + filler + FEED.slice(to));
        expect(["publication", "failed"]).toContain(kind);
      }),
    );
  });
});
