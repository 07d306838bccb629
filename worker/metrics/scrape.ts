import type { AppContext } from "../http/context.ts";
import { reach } from "../http/reach.ts";
import { sideBySide } from "../http/side-by-side.ts";
import { log } from "../log.ts";
import { type KnownRate, registryOf } from "../queue/registry.ts";
import { queueNamed } from "../queue/shards.ts";
import { within } from "../queue/within.ts";
import { operationsOf } from "../schedule/operations.ts";
import { type AskedQueue, familiesOf, type Scrape } from "./catalogue.ts";
import { CONTENT_TYPE, exposition } from "./exposition.ts";

/** An object answers in milliseconds; one that is being moved, in seconds. Prometheus gives up on all of them after 10 s, unless told otherwise. */
const ANSWER_TIMEOUT_MS = 3_000;

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
  const crons = isForAll ? await askCrons(c.env) : undefined;
  const text = exposition(familiesOf({ isReady, queues, rateAgeS: rateAgeS(rates, Date.now()), crons }));
  return c.body(text, 200, { "Content-Type": CONTENT_TYPE, "Cache-Control": "no-store" });
}

async function ask(env: Env, name: string): Promise<AskedQueue> {
  try {
    return { name, metrics: await within(ANSWER_TIMEOUT_MS, queueNamed(env, name).metrics()) };
  } catch (error) {
    log("error", "queue_unreachable", { queue: name, error: String(error) });
    return { name };
  }
}

async function askCrons(env: Env): Promise<Scrape["crons"]> {
  try {
    const { checkedAt, failed } = await within(ANSWER_TIMEOUT_MS, operationsOf(env).crons());
    return { ageS: checkedAt === null ? undefined : Math.max(0, Date.now() - checkedAt) / 1_000, failed };
  } catch (error) {
    log("error", "operations_unreachable", { error: String(error) });
    return undefined;
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
