import { DurableObject } from "cloudflare:workers";
import { addMeter, readMeter } from "./meter.ts";

interface NaiveEnv {
  NAIVE: DurableObjectNamespace<Naive>;
  FIREHOSE_ENDPOINT: string;
}

/** What a client sent, as far as this design looks at it. */
interface Event {
  event_id: string;
}

/** As Playtrail: so often, and as many records a call as Firehose takes. */
const FLUSH_INTERVAL_MS = 5_000;
const MAX_RECORDS_PER_CALL = 500;

/**
 * The naive design, what one writes first: each event is a row, found again by its id, then a record of its own, then a deleted
 * row. It checks no key and no event, and signs nothing.
 */
export default {
  async fetch(request: Request, env: NaiveEnv): Promise<Response> {
    const queue = env.NAIVE.getByName("naive");
    const { pathname } = new URL(request.url);
    if (pathname === "/__meter") return readMeter();
    if (pathname === "/stats") return Response.json(await queue.stats());
    const body = await request.json<Event | Event[]>();
    await queue.append(Array.isArray(body) ? body : [body]);
    return new Response(null, { status: 202 });
  },
};

/** Keeps each event as one row until it is delivered. */
export class Naive extends DurableObject<NaiveEnv> {
  readonly #sql = this.ctx.storage.sql;
  #isArmed = false;
  #accepted = 0;
  #delivered = 0;

  constructor(ctx: DurableObjectState, env: NaiveEnv) {
    super(ctx, env);
    this.#sql.exec("CREATE TABLE IF NOT EXISTS event (event_id TEXT PRIMARY KEY, body TEXT NOT NULL)");
  }

  append(events: Event[]): void {
    this.#accepted += events.length;
    for (const event of events) {
      this.#sql.exec(
        "INSERT OR IGNORE INTO event (event_id, body) VALUES (?, ?)",
        event.event_id,
        JSON.stringify(event),
      );
    }
    if (!this.#isArmed) void this.ctx.storage.setAlarm(Date.now() + FLUSH_INTERVAL_MS);
    this.#isArmed = true;
  }

  stats(): { waiting: number; delivered: number } {
    return { waiting: this.#accepted - this.#delivered, delivered: this.#delivered };
  }

  override async alarm(): Promise<void> {
    this.#isArmed = false;
    for (let rows = this.#oldest(); rows.length > 0; rows = this.#oldest()) {
      const Records = rows.map(({ body }) => ({ Data: btoa(`${body}\n`) }));
      const response = await fetch(this.env.FIREHOSE_ENDPOINT, {
        method: "POST",
        body: JSON.stringify({ DeliveryStreamName: "naive", Records }),
      });
      await response.text();
      for (const { event_id } of rows) this.#sql.exec("DELETE FROM event WHERE event_id = ?", event_id);
      this.#delivered += rows.length;
    }
  }

  #oldest(): { event_id: string; body: string }[] {
    return this.#sql
      .exec<{ event_id: string; body: string }>(
        "SELECT event_id, body FROM event ORDER BY rowid LIMIT ?",
        MAX_RECORDS_PER_CALL,
      )
      .toArray();
  }
}

addMeter(Naive);
