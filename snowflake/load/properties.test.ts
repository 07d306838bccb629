import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Line } from "./bucket.ts";
import { erasureLine, eventLine, idOf, purchaseLine, rateLine, rejectedLine } from "./lines.ts";
import { coreOf, startLoading } from "./testing.ts";

const RUNS = 15;

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
  return purchaseLine(unique, { price: `${minute}.99`, quantity: (minute % 3) + 1, ...shared });
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
  it("any order, any cut into files and runs, and any re-delivery give the same core", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async ([all, shuffled, cuts, again]) => {
        await using inOrder = await startLoading();
        await inOrder.load(all);
        await using inParts = await startLoading();
        const places = [0, ...cuts.toSorted((a, b) => a - b), shuffled.length];
        for (const [index, start] of places.slice(0, -1).entries())
          await inParts.load(shuffled.slice(start, places[index + 1]));
        await inParts.load(again, again);
        expect(await coreOf(inParts)).toEqual(await coreOf(inOrder));
      }),
      { numRuns: RUNS },
    );
  });

  it("every distinct line is an event, a rejection, a rate, or about an erased player", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async ([all]) => {
        await using loading = await startLoading();
        await loading.load(all);
        const erased = new Set(all.flatMap((line) => (isOf(line, "erasure") ? [line.user_id] : [])));
        const kept = all.filter((line) => typeof line !== "string" && !erased.has(line.user_id));
        const events = kept.filter((line) => isOf(line, "event") && line.timestamp !== "never");
        const rejected = kept.filter(
          (line) => isOf(line, "rejected") || (isOf(line, "event") && line.timestamp === "never"),
        );
        expect(await loading.query("SELECT COUNT(*) AS n FROM core.events")).toEqual([
          { n: new Set(events.map((line) => isOf(line, "event") && line.event_id)).size },
        ]);
        expect(await loading.query("SELECT COUNT(*) AS n FROM core.rejected_events")).toEqual([
          { n: new Set(rejected.map((line) => JSON.stringify(line))).size },
        ]);
        expect(
          await loading.query(`
            SELECT SUM(raw_rows) - SUM(events) - SUM(duplicates) - SUM(erased_rows) AS others FROM load.load_runs`),
        ).toEqual([{ others: kept.length - events.length }]);
      }),
      { numRuns: RUNS },
    );
  });

  it("amounts are price × quantity, exactly", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(prices, fc.integer({ min: 1, max: 1_000_000 })), { minLength: 1, maxLength: 50 }),
        async (paid) => {
          await using loading = await startLoading();
          await loading.load(
            paid.map(([price, quantity], index) => purchaseLine(`${index}`, { price, quantity })),
          );
          const micros = paid.reduce(
            (sum, [price, quantity]) => sum + microsOf(price) * BigInt(quantity),
            0n,
          );
          expect(await loading.query("SELECT SUM(amount) AS amount FROM core.fact_purchases")).toEqual([
            { amount: decimal(micros, 6) },
          ]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("an erasure leaves no trace, wherever in the deliveries it stands", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async ([, shuffled, cuts]) => {
        await using loading = await startLoading();
        const places = [0, ...cuts.toSorted((a, b) => a - b), shuffled.length];
        for (const [index, start] of places.slice(0, -1).entries())
          await loading.load(shuffled.slice(start, places[index + 1]));
        await loading.load([erasureLine("ada"), erasureLine("bob"), erasureLine("cleo")]);
        for (const table of [
          "core.events",
          "core.fact_purchases",
          "core.dim_users",
          "core.dim_sessions",
          "load.batch",
          "load.erasing",
        ])
          expect(
            await loading.query(`SELECT user_id FROM ${table} WHERE user_id IN ('ada', 'bob', 'cleo')`),
          ).toEqual([]);
        expect(
          await loading.query(
            "SELECT payload FROM raw.raw_events WHERE payload:user_id::VARCHAR IN ('ada', 'bob', 'cleo')",
          ),
        ).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

function isOf(line: Line, recordType: string): line is Record<string, unknown> {
  return typeof line !== "string" && line.record_type === recordType;
}

function microsOf(price: string): bigint {
  const [whole = "0", places = ""] = price.split(".");
  return BigInt(whole + places.padEnd(6, "0"));
}
