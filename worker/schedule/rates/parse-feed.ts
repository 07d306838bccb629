import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { CURRENCIES } from "../../events/currencies.ts";
import { isoTime } from "../../events/time.ts";
import { type Decimal, rateOf, readDecimal } from "./decimal.ts";

/** What a source published for one day. */
export interface Publication {
  /** The beginning of its day: RFC 3339, UTC. */
  validFrom: string;
  /** US dollars for one unit, by currency. USD is not among them. */
  rates: ReadonlyMap<string, string>;
  /** What it has beside these: codes outside ISO 4217, and currencies whose rate is no number above zero. */
  unusable: string[];
}

export type Parsed = { kind: "publication"; publication: Publication } | { kind: "failed"; problem: string };

/** Of a text that the feed chose, in a log line. */
const MAX_SHOWN_CHARACTERS = 16;

/**
 * Reads rates as the European Central Bank publishes them: units for one euro, of which it makes US dollars for one unit.
 *
 * ```xml
 * <gesmes:Envelope><gesmes:subject>Reference rates</gesmes:subject>
 *   <Cube><Cube time="2026-11-20"><Cube currency="USD" rate="1.0543"/><Cube currency="JPY" rate="157.07"/></Cube></Cube>
 * </gesmes:Envelope>
 * ```
 */
export function parseFeed(text: string): Parsed {
  try {
    return { kind: "publication", publication: publicationOf(text) };
  } catch (error) {
    // The parser's message shows an excerpt from its second line on.
    const [problem = ""] = String(error instanceof Error ? error.message : error).split("\n");
    return { kind: "failed", problem };
  }
}

function publicationOf(text: string): Publication {
  const day = dayOf(parseXml(text).root);
  const validFrom = beginningOf(day.attributes.time ?? "");
  const perEuro = new Map<string, Decimal>([["EUR", { digits: 1n, places: 0 }]]);
  const unusable: string[] = [];
  for (const { attributes } of cubesOf(day)) {
    const { currency = "", rate = "" } = attributes;
    const units = CURRENCIES.has(currency) ? readDecimal(rate) : undefined;
    if (perEuro.has(currency)) throw new Error(`it has ${currency} twice`);
    if (units === undefined) unusable.push(currency.slice(0, MAX_SHOWN_CHARACTERS));
    else perEuro.set(currency, units);
  }
  const dollars = perEuro.get("USD");
  if (dollars === undefined) throw new Error("it has no rate of USD, in which all others are told");
  perEuro.delete("USD");
  const rates = new Map<string, string>();
  for (const [currency, units] of perEuro) {
    const rate = rateOf(dollars, units);
    if (rate === undefined) unusable.push(currency);
    else rates.set(currency, rate);
  }
  return { validFrom, rates, unusable };
}

/** The one element that has a date: `Envelope > Cube > Cube[time]`. */
function dayOf(root: XmlElement | null): XmlElement {
  const days = cubesOf(root)
    .flatMap(cubesOf)
    .filter(({ attributes }) => attributes.time !== undefined);
  const [day] = days;
  if (day === undefined || days.length > 1)
    throw new Error(`it has ${days.length} days, where one is wanted`);
  return day;
}

function cubesOf(parent: XmlElement | null): XmlElement[] {
  const children = parent?.children ?? [];
  return children.filter((child) => child instanceof XmlElement).filter(({ name }) => name === "Cube");
}

function beginningOf(day: string): string {
  const at = Date.parse(`${day}T00:00:00.000Z`);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(at) && isoTime(at).startsWith(day);
  if (!isDay) throw new Error("its day is no date");
  return isoTime(at);
}
