import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Line } from "./bucket.ts";
import { erasureLine, eventLine, idOf, purchaseLine, rateLine, rejectedLine } from "./lines.ts";
import { coreOf, type Loading, startLoading } from "./testing.ts";

const RUNS = 6;

const names = fc.integer({ min: 1, max: 12 }).map((n) => `event-${n}`);
const users = fc.constantFrom("ada", "bob", "cleo");
const receptions = fc.record({
  ingestion_timestamp: fc.integer({ min: 0, max: 9 }).map((second) => `2026-11-21T13:00:0${second}.000Z`),
  request_id: fc.constantFrom("req-1", "req-2"),
});
type Reception = { ingestion_timestamp: string; request_id: string };

/** A decimal with up to four places, as games send them. */
const prices = fc
  .tuple(fc.bigInt({ min: 0n, max: 99_999_999n }), fc.integer({ min: 0, max: 4 }))
  .map(([units, places]) => decimal(units, places));
const currencies = fc.constantFrom("EUR", "JPY", "KWD");
const rates = prices.filter((price) => Number(price) > 0 && Number(price) < 1e5);

function decimal(units: bigint, places: number): string {
  const digits = units.toString().padStart(places + 1, "0");
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** A minute of the hour that follows from a text: what a line says depends on nothing but its name and its reception. */
function minuteOf(name: string, { ingestion_timestamp, request_id }: Reception): number {
  return Number.parseInt(idOf(name + ingestion_timestamp + request_id).slice(0, 4), 16) % 60;
}

/** Two lines of one name are about one event: received twice, with the clock corrected differently. */
const eventLines = fc.tuple(names, users, receptions).map(([name, user, reception]) => {
  const minute = minuteOf(name, reception);
  const timestamp = `2026-11-21T12:${String(minute).padStart(2, "0")}:00.000Z`;
  const shared = { user_id: user, session_id: `session-${name.length}`, timestamp, ...reception };
  const unique = `${name} of ${user}`;
  if (name.endsWith("1")) return eventLine(unique, { event_type: "install", source: unique, ...shared });
  if (name.endsWith("2")) return eventLine(unique, { event_type: "error", severity: "critical", ...shared });
  if (name < "event-5") return eventLine(unique, shared);
  const paid = { price: `${minute}.99`, quantity: (minute % 3) + 1, verified: minute % 2 === 0 };
  return purchaseLine(unique, { ...paid, ...shared });
});

const lines: fc.Arbitrary<Line> = fc.oneof(
  { weight: 8, arbitrary: eventLines },
  {
    weight: 1,
    arbitrary: fc.tuple(names, users).map(([name, user]) => rejectedLine(name, { user_id: user })),
  },
  { weight: 1, arbitrary: names.map((name) => ({ ...eventLine(name), timestamp: "never" })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("EUR", "JPY"), rates, receptions)
      .map(([currency, rate, reception]) => rateLine(currency, rate, reception)),
  },
  { weight: 1, arbitrary: fc.constantFrom("cleo", "dora").map((user) => erasureLine(user)) },
);

/** Cuts lines into objects, and objects into runs, each of which may come again. */
const deliveries = fc
  .array(lines, { minLength: 1, maxLength: 40 })
  .chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray(all, { minLength: all.length }),
      fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 3 }),
      fc.subarray(all),
    ),
  );

describe("whatever is delivered", () => {
  it("gives the same core in any order, cut and repetition, accounts for each line, and keeps nothing of the erased", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async ([all, shuffled, cuts, again]) => {
        await using inOrder = await startLoading();
        await inOrder.load(all);
        await expectAccounted(inOrder, all);

        await using inParts = await startLoading();
        const places = [0, ...cuts.toSorted((a, b) => a - b), shuffled.length];
        for (const [index, start] of places.slice(0, -1).entries())
          await inParts.load(shuffled.slice(start, places[index + 1]));
        await inParts.load(again, again);
        expect(await coreOf(inParts)).toEqual(await coreOf(inOrder));

        await inParts.load([erasureLine("ada"), erasureLine("bob"), erasureLine("cleo")]);
        await expectNoTrace(inParts, ["ada", "bob", "cleo"]);
      }),
      { numRuns: RUNS },
    );
  });

  it("earns what exact arithmetic says, also where rates come after the purchases", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ price: prices, quantity: fc.integer({ min: 1, max: 9_999 }), currency: currencies }),
          {
            minLength: 1,
            maxLength: 50,
          },
        ),
        fc.uniqueArray(
          fc.record({ currency: currencies, rate: rates, hour: fc.integer({ min: 0, max: 23 }) }),
          {
            selector: ({ currency, hour }) => `${currency} ${hour}`,
            maxLength: 6,
          },
        ),
        async (purchases, published) => {
          await using loading = await startLoading();
          await loading.load(purchases.map((purchase, index) => purchaseLine(`${index}`, purchase)));
          await loading.load(
            published.map(({ currency, rate, hour }) =>
              rateLine(currency, rate, { valid_from: atHour(hour) }),
            ),
          );

          const inUsd = purchases.map(({ price, quantity, currency }) => {
            // Purchases are of 12:00.
            const valid = published.filter((rate) => rate.currency === currency && rate.hour <= 12);
            const [latest] = valid.toSorted((a, b) => b.hour - a.hour);
            return latest && roundedProduct(scaled(price, 6) * BigInt(quantity), scaled(latest.rate, 12), 12);
          });
          const converted = inUsd.filter((amount) => amount !== undefined);
          expect(
            await loading.query(
              "SELECT COALESCE(SUM(revenue_usd), 0) AS usd, COUNT_IF(NOT is_converted) AS unconverted FROM marts.purchases",
            ),
          ).toEqual([
            {
              usd: decimal(
                converted.reduce((sum, amount) => sum + amount, 0n),
                6,
              ),
              unconverted: inUsd.length - converted.length,
            },
          ]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** Every distinct line is an event, a rejection, a rate, or about an erased player. */
async function expectAccounted({ query }: Loading, all: readonly Line[]): Promise<void> {
  const records = all.filter((line) => typeof line !== "string");
  const erased = new Set(records.flatMap((line) => (line.record_type === "erasure" ? [line.user_id] : [])));
  const kept = records.filter((line) => !erased.has(line.user_id));
  const events = kept.filter((line) => line.record_type === "event" && line.timestamp !== "never");
  const rejected = kept.filter((line) => line.record_type === "rejected" || line.timestamp === "never");
  expect(
    await query(`
      SELECT (SELECT COUNT(*) FROM core.events) AS events, (SELECT COUNT(*) FROM core.rejected_events) AS rejected`),
  ).toEqual([
    {
      events: new Set(events.map((line) => line.event_id)).size,
      rejected: new Set(rejected.map((line) => JSON.stringify(line))).size,
    },
  ]);
  expect(
    await query(`
      SELECT SUM(raw_rows) AS raw_rows, SUM(events) + SUM(duplicates) AS events, SUM(erased_rows) AS erased
      FROM load.load_runs`),
  ).toEqual([{ raw_rows: all.length, events: events.length, erased: records.length - kept.length }]);
}

async function expectNoTrace({ query }: Loading, erased: readonly string[]): Promise<void> {
  for (const table of [
    "core.events",
    "core.fact_purchases",
    "core.rejected_events",
    "core.dim_users",
    "core.dim_sessions",
  ]) {
    const users = (await query(`SELECT user_id FROM ${table}`)).map(({ user_id }) => String(user_id));
    expect(users.filter((user) => erased.includes(user))).toEqual([]);
  }
  const raw = (await query("SELECT payload:user_id::VARCHAR AS user_id FROM raw.raw_events")).map(
    ({ user_id }) => String(user_id),
  );
  expect(raw.filter((user) => erased.includes(user))).toEqual([]);
}

function atHour(hour: number): string {
  return `2026-11-21T${String(hour).padStart(2, "0")}:00:00.000Z`;
}

/** A decimal as a whole number of its so-manieth places. */
function scaled(text: string, places: number): bigint {
  const [whole = "0", decimals = ""] = text.split(".");
  return BigInt(whole + decimals.padEnd(places, "0"));
}

/** a × b without its last so many places: half rounds up. */
function roundedProduct(a: bigint, b: bigint, places: number): bigint {
  const unit = 10n ** BigInt(places);
  return (a * b * 2n + unit) / (2n * unit);
}
