import type { MiddlewareHandler, Next } from "hono";
import { routePath } from "hono/route";
import type { App, AppContext } from "../http/context.ts";

/**
 * One request that brought events, as Analytics Engine keeps it for three months: requests end in isolates, which come and go, and none
 * of them could add up what Prometheus asks for. There is no player in it. https://developers.cloudflare.com/analytics/analytics-engine/
 */
export interface IngestPoint {
  /** The key's: `*` for all of them; empty where there was no valid key. */
  game: string;
  route: string;
  /** `2xx`, `4xx`, `5xx`. */
  status_class: string;
  /** Empty where there was no valid key. */
  key_role: string;
  /** As many as could be read: none where the request was refused. */
  events: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Of the body as it was sent; 0 where the client does not say. */
  bytes: number;
  /** As the platform's clock shows it, which stands still between I/O: what was waited for, a queue's write above all. */
  duration_ms: number;
}

/** Which column is which: `blob1` is the game, `double1` the number of events. To be added to at the end alone: old rows stay as they are. */
export const BLOBS = ["game", "route", "status_class", "key_role"] as const satisfies (keyof IngestPoint)[];
export const DOUBLES = [
  "events",
  "accepted",
  "duplicates",
  "rejected",
  "bytes",
  "duration_ms",
] as const satisfies (keyof IngestPoint)[];

/** Writes a point for each request, where `wrangler.toml` binds a dataset; costs nothing where it does not. */
export function writeDataPoints(): MiddlewareHandler<App> {
  return function writeDataPoints(c, next) {
    const dataset = datasetOf(c.env);
    return dataset === undefined ? next() : measured(c, next, dataset);
  };
}

async function measured(c: AppContext, next: Next, dataset: AnalyticsEngineDataset): Promise<void> {
  const startedAt = Date.now();
  await next();
  write(dataset, pointOf(c, Date.now() - startedAt));
}

/** Not every plan has Analytics Engine, so the binding is optional, and generated types do not know it. */
function datasetOf(bindings: Env & { ANALYTICS?: AnalyticsEngineDataset }) {
  return bindings.ANALYTICS;
}

/** Sampling is by index: a large game is never sampled at a small one's cost. Does not wait. */
function write(dataset: AnalyticsEngineDataset, point: IngestPoint): void {
  dataset.writeDataPoint({
    indexes: [point.game],
    blobs: BLOBS.map((column) => point[column]),
    doubles: DOUBLES.map((column) => point[column]),
  });
}

function pointOf(c: AppContext, durationMs: number): IngestPoint {
  const { game = "", role = "" } = c.get("claims") ?? {};
  const { accepted = 0, duplicates = 0, rejected = 0, retry = 0 } = c.get("logFields") ?? {};
  return {
    game,
    route: routePath(c, -1),
    status_class: `${Math.floor(c.res.status / 100)}xx`,
    key_role: role,
    events: accepted + duplicates + rejected + retry,
    accepted,
    duplicates,
    rejected,
    bytes: Number(c.req.header("Content-Length") ?? 0),
    duration_ms: durationMs,
  };
}
