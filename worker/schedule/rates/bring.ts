import { readConfig } from "../../config.ts";
import { exchangeRateLines } from "../../events/exchange-rate.ts";
import { log } from "../../log.ts";
import { registryOf } from "../../queue/registry.ts";
import { COLLECTOR_QUEUE, queueNamed } from "../../queue/shards.ts";
import { fetchFeed } from "./fetch-feed.ts";
import { judgeRates } from "./judge-rates.ts";
import { type Publication, parseFeed } from "./parse-feed.ts";

/**
 * Brings the latest exchange rates on their way to the warehouse. Where the source fails or is strange, the log says so, and the
 * last rates stay in force there: the next run tries again. Never rejects; answers whether nothing failed.
 */
export async function bringRates(env: Env): Promise<boolean> {
  const settings = readConfig(env);
  if (settings.kind === "wrong" || settings.config.FX_RATES_URL === "") return true;
  const url = settings.config.FX_RATES_URL;
  const source = sourceOf(url);
  const publication = await publicationAt(url, source);
  if (publication === undefined) return false;
  try {
    await deliver(env, publication, source);
    return true;
  } catch (error) {
    log("error", "rates_not_delivered", { source, error: String(error) });
    return false;
  }
}

/** `ecb`, or the host of another source: what the warehouse shows beside each rate. */
export function sourceOf(url: string): string {
  const { hostname } = new URL(url);
  return hostname === "www.ecb.europa.eu" ? "ecb" : hostname;
}

async function publicationAt(url: string, source: string): Promise<Publication | undefined> {
  const feed = await fetchFeed(url);
  const parsed = feed.kind === "text" ? parseFeed(feed.text) : feed;
  if (parsed.kind === "publication") return parsed.publication;
  const event = feed.kind === "text" ? "rates_unreadable" : "rates_unreachable";
  log("warn", event, { source, problem: parsed.problem });
  return undefined;
}

/**
 * Rates are known only once their lines are durable in a queue: a run that dies between the two has its successor deliver them again,
 * and the warehouse has one rate for a currency and a day however often it comes.
 */
async function deliver(env: Env, publication: Publication, source: string): Promise<void> {
  const registry = registryOf(env);
  const now = Date.now();
  const { taken, known, warnings } = judgeRates(publication, await registry.rates(), now);
  for (const { event, ...fields } of warnings) log("warn", event, { source, ...fields });
  if (taken.length > 0) {
    const lines = exchangeRateLines(
      taken.map((rate) => ({ ...rate, source })),
      now,
      crypto.randomUUID(),
    );
    await queueNamed(env, COLLECTOR_QUEUE).notify(lines);
  }
  if (known.length > 0) await registry.keepRates(known);
  if (taken.length > 0) log("info", "rates_delivered", { source, rates: taken.length });
}
