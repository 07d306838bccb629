import { randomUUID } from "node:crypto";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { between, happens, pick, type Random } from "../../local/players/chance.ts";
import { drawProfile, play } from "../../local/players/player.ts";

/** As Firehose at 64–128 MiB a buffer would cut them: some hundred bytes a line, before compression. */
const LINES_PER_OBJECT = 100_000;
/** Of a hundred lines so many come twice, in the same object or in the next. */
const DUPLICATE_SHARE = 0.05;
const DAYS = 14;
const DAY_MS = 86_400_000;
const LAST_DAY = Date.parse("2026-11-21T00:00:00.000Z");
const RATES = { EUR: "1.08", GBP: "1.31", JPY: "0.0067", BRL: "0.18", KWD: "3.25" };

/** Writes objects with `events` distinct events of simulated players, spread over two weeks, as the collector delivers them. */
export async function writeDays(directory: string, events: number, random: Random): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const lines = linesOf(events, random);
  for (let object = 0, done = false; !done; object++) {
    const some = take(lines, LINES_PER_OBJECT, () => (done = true));
    const file = join(directory, `playtrail-events-1-${String(object).padStart(6, "0")}.gz`);
    await pipeline(Readable.from(some), createGzip({ level: 1 }), createWriteStream(file));
  }
}

function* take<T>(from: Iterator<T>, count: number, atEnd: () => void): Generator<T> {
  for (let taken = 0; taken < count; taken++) {
    const { value, done } = from.next();
    if (done) return atEnd();
    yield value;
  }
}

function* linesOf(events: number, random: Random): Generator<string> {
  for (const [currency, usd_per_unit] of Object.entries(RATES)) {
    const rate = { currency, usd_per_unit, valid_from: "2026-11-01T00:00:00.000Z", source: "bench" };
    yield line({ ...rate, record_type: "exchange_rate" }, LAST_DAY);
  }
  let again = "";
  for (const event of take(eventsOf(random), events, () => undefined)) {
    yield event;
    if (again !== "") yield again;
    again = happens(DUPLICATE_SHARE, random) ? event : "";
  }
}

/** Players without end, each with a few sessions on days of their own. */
function* eventsOf(random: Random): Generator<string> {
  for (;;) {
    const profile = drawProfile(random);
    const { userId: user_id, platform, appVersion: app_version, country } = profile;
    let at = LAST_DAY - between(0, DAYS - 1, random) * DAY_MS + between(0, DAY_MS - 1, random);
    let session_id = randomUUID();
    let seq = 0;
    for (const { event_type, fields } of play(profile, pick(SESSIONS, random).sessions, random)) {
      if (event_type === "session_start") {
        session_id = randomUUID();
        seq = 0;
        at = Math.min(at + between(1, 30, random) * 3_600_000, LAST_DAY + DAY_MS - 1);
      }
      at += between(500, 20_000, random);
      const timestamp = new Date(at).toISOString();
      const shared = {
        user_id,
        session_id,
        seq: ++seq,
        platform,
        app_version,
        country,
        game_id: "bench_game",
      };
      const event = {
        event_id: randomUUID(),
        event_type,
        ...shared,
        timestamp,
        schema_version: "1.0",
        ...fields,
      };
      yield line({ ...event, client_timestamp: timestamp, record_type: "event" }, at + 3_000);
    }
  }
}

const SESSIONS = [
  { sessions: 1, share: 0.5 },
  { sessions: 3, share: 0.3 },
  { sessions: 10, share: 0.2 },
];

function line(fields: Record<string, unknown>, receivedAt: number): string {
  const common = { collector: "playtrail/0.1.0", request_id: "9f4b5c52-6a0e-4a3e-a4a6-3f1f1a2b9d10" };
  return `${JSON.stringify({ ...fields, ingestion_timestamp: new Date(receivedAt).toISOString(), ...common })}\n`;
}
