import type { AppContext } from "../http/context.ts";
import { reach } from "../http/reach.ts";
import { sideBySide } from "../http/side-by-side.ts";
import { log } from "../log.ts";
import { type KnownRate, registryOf } from "../queue/registry.ts";
import { queueNamed } from "../queue/shards.ts";
import { within } from "../queue/within.ts";
import { type AskedQueue, familiesOf } from "./catalogue.ts";
import { CONTENT_TYPE, exposition } from "./exposition.ts";

/** A queue answers in milliseconds; one that is being moved in seconds. Prometheus gives up on all of them after 10 s, unless told otherwise. */
const QUEUE_TIMEOUT_MS = 3_000;

/**
 * `GET /metrics`: every queue's numbers, in Prometheus' text format; with a key of one game, those of that game. One call to each
 * queue. One that does not answer costs the scrape nothing but its series.
 */
export async function metrics(c: AppContext): Promise<Response> {
  const { game } = c.get("claims");
  const registry = registryOf(c.env);
  const isForAll = game === "*";
  const [registered, rates] = await reach(
    "registry",
    "the registry of queues could not be reached: ask again",
    Promise.all([registry.list(isForAll ? undefined : game), isForAll ? registry.rates() : []]),
  );
  const queues = await sideBySide(
    registered.map(({ name }) => name),
    (name) => ask(c.env, name),
  );
  const isReady = registered.every(({ trouble }) => trouble === null);
  const text = exposition(familiesOf({ isReady, queues, rateAgeS: rateAgeS(rates, Date.now()) }));
  return c.body(text, 200, { "Content-Type": CONTENT_TYPE, "Cache-Control": "no-store" });
}

async function ask(env: Env, name: string): Promise<AskedQueue> {
  try {
    return { name, metrics: await within(QUEUE_TIMEOUT_MS, queueNamed(env, name).metrics()) };
  } catch (error) {
    log("error", "queue_unreachable", { queue: name, error: String(error) });
    return { name };
  }
}

/** Since the beginning of the day of the newest rate that is in force. */
function rateAgeS(rates: readonly KnownRate[], now: number): number | undefined {
  const newest = rates
    .map(({ valid_from }) => valid_from)
    .toSorted()
    .at(-1);
  return newest === undefined ? undefined : Math.max(0, now - Date.parse(newest)) / 1_000;
}
