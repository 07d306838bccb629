import { version } from "../../package.json";
import { FAILURE_CLASSES } from "../firehose/failure-class.ts";
import { playersIn } from "../live/merge.ts";
import { LATENCY_BOUNDS_S } from "../queue/latency.ts";
import { COLLECTOR } from "../queue/shards.ts";
import { deliveryStateSchema } from "../queue/stats.ts";
import { RATE_LIMITS, type ShardMetrics } from "../queue/tally.ts";
import type { Duty, FailedRuns } from "../schedule/alerts/checks/cron-failed.ts";
import { THRESHOLDS } from "../schedule/alerts/thresholds.ts";
import { type Family, histogramSamples, type Labels, type MetricType, type Sample } from "./exposition.ts";

/** A queue, as it was asked; `metrics` is absent where it did not answer. */
export interface AskedQueue {
  /** `game/region/n`. */
  name: string;
  metrics?: ShardMetrics;
}

/** What a scrape found. */
export interface Scrape {
  /** Whether every queue delivers, as far as the registry knows. */
  isReady: boolean;
  queues: readonly AskedQueue[];
  /** How old the newest exchange rate is; absent where there is none, or for a key of one game. */
  rateAgeS?: number;
  /** How the collector's own runs go; absent where that could not be asked, or for a key of one game. */
  crons?: { ageS?: number; failed: readonly FailedRuns[] };
}

/** A metric: what it is called and means, and where its samples come from. docs/monitoring.md has them all in a table. */
interface Metric<Source> {
  name: `playtrail_${string}`;
  type: MetricType;
  help: string;
  /** Beside those of its source. */
  labels?: readonly string[];
  samples: (source: Source, labels: Labels) => readonly Sample[];
}

const one = (labels: Labels, value: number): Sample[] => [{ labels, value }];

/** A metric of one number for each queue. */
const number = (
  name: Metric<ShardMetrics>["name"],
  type: MetricType,
  help: string,
  read: (queue: ShardMetrics) => number,
): Metric<ShardMetrics> => ({
  name,
  type,
  help,
  samples: (queue, labels) => one(labels, read(queue)),
});

/** A metric of one number for each queue and each value of a label, of which there are few. */
const numberBy = <Value extends string>(
  name: Metric<ShardMetrics>["name"],
  type: MetricType,
  help: string,
  label: string,
  values: readonly Value[],
  read: (queue: ShardMetrics, value: Value) => number,
): Metric<ShardMetrics> => ({
  name,
  type,
  help,
  labels: [label],
  samples: (queue, labels) =>
    values.flatMap((value) => one({ ...labels, [label]: value }, read(queue, value))),
});

const DUTIES = Object.keys(THRESHOLDS.FAILED_RUNS) as Duty[];

function runsOf(failed: readonly FailedRuns[], wanted: Duty): number {
  return failed.find(({ duty }) => duty === wanted)?.runs ?? 0;
}

const VERDICTS = { accepted: "accepted", duplicate: "duplicates", rejected: "rejected" } as const;

/** Those of the collector as a whole. */
const COLLECTOR_METRICS: readonly Metric<Scrape>[] = [
  {
    name: "playtrail_build_info",
    type: "gauge",
    help: "The version that answers; always 1.",
    labels: ["version"],
    samples: () => one({ version }, 1),
  },
  {
    name: "playtrail_ready",
    type: "gauge",
    help: "1 where every queue delivers, as /ready has it; of the key's game alone where the key is of one.",
    samples: ({ isReady }) => one({}, Number(isReady)),
  },
  {
    name: "playtrail_exchange_rate_age_seconds",
    type: "gauge",
    help: "Since the beginning of the day of the newest exchange rate. Weekends and holidays make it up to five days.",
    samples: ({ rateAgeS }) => (rateAgeS === undefined ? [] : one({}, rateAgeS)),
  },
  {
    name: "playtrail_cron_age_seconds",
    type: "gauge",
    help: "Since the cron last checked all games; it does so every ten minutes.",
    samples: ({ crons }) => (crons?.ageS === undefined ? [] : one({}, crons.ageS)),
  },
  {
    name: "playtrail_cron_failed_runs",
    type: "gauge",
    help: "Runs that failed in a row, by duty: watchdog, alerts, rates or reports.",
    labels: ["duty"],
    samples: ({ crons }) =>
      crons === undefined ? [] : DUTIES.flatMap((duty) => one({ duty }, runsOf(crons.failed, duty))),
  },
];

/** A game of which every queue answered. */
interface AskedGame {
  game: string;
  /** Who is playing now, by queue: sketches. */
  activePlayers: readonly string[];
}

/** Those of a game, which its queues' would not add up to. */
const GAME_METRICS: readonly Metric<AskedGame>[] = [
  {
    name: "playtrail_active_players",
    type: "gauge",
    help: "Different players with an accepted event in this minute and the four before it: an estimate. None where a queue did not answer.",
    samples: ({ activePlayers }, labels) => one(labels, playersIn(activePlayers)),
  },
];

/** Whether a queue answered: the one metric of those that did not. */
const QUEUE_UP: Metric<AskedQueue> = {
  name: "playtrail_queue_up",
  type: "gauge",
  help: "1 where the queue answered this scrape; where it is 0 the queue has no other series.",
  samples: ({ metrics }, labels) => one(labels, metrics === undefined ? 0 : 1),
};

/** Those of each queue. */
const QUEUE_METRICS: readonly Metric<ShardMetrics>[] = [
  number(
    "playtrail_events_received_total",
    "counter",
    "Events judged: accepted, duplicates and rejected.",
    ({ totals }) => totals.received,
  ),
  numberBy(
    "playtrail_verdicts_total",
    "counter",
    "Events judged, by what became of them: accepted, duplicate or rejected.",
    "verdict",
    ["accepted", "duplicate", "rejected"],
    ({ totals }, verdict) => totals[VERDICTS[verdict]],
  ),
  number(
    "playtrail_rejected_unrecorded_events_total",
    "counter",
    "Rejected events without a line for the warehouse: more than the bound for a key and minute.",
    ({ totals }) => totals.rejected_unrecorded,
  ),
  number(
    "playtrail_client_dropped_events_total",
    "counter",
    "Events that SDKs report to have let go.",
    ({ totals }) => totals.client_dropped,
  ),
  number(
    "playtrail_line_bytes_total",
    "counter",
    "Bytes of the lines that the queue took.",
    ({ tally }) => tally.lineBytes,
  ),
  numberBy(
    "playtrail_rate_limited_requests_total",
    "counter",
    "Requests refused with 429, by the limit: player, write or server.",
    "limit",
    RATE_LIMITS,
    ({ tally }, limit) => tally.rateLimited[limit],
  ),
  number("playtrail_dedup_ids", "gauge", "Event ids that are remembered.", ({ dedup }) => dedup.ids),
  number(
    "playtrail_dedup_filter_bytes",
    "gauge",
    "Memory of the filters for remembered ids, of 48 MiB at most.",
    ({ dedup }) => dedup.filter_bytes,
  ),
  number("playtrail_depth_events", "gauge", "Events that wait for delivery.", ({ depth }) => depth.events),
  number("playtrail_depth_bytes", "gauge", "Bytes that wait for delivery.", ({ depth }) => depth.bytes),
  number(
    "playtrail_oldest_age_seconds",
    "gauge",
    "How long the oldest waiting event has waited; 0 where none waits.",
    ({ depth }) => depth.oldest_age_ms / 1_000,
  ),
  number(
    "playtrail_delivered_events_total",
    "counter",
    "Events that Firehose took.",
    ({ totals }) => totals.delivered,
  ),
  {
    name: "playtrail_delivery_latency_seconds",
    type: "histogram",
    help: "Of each delivered event: from taken by the queue, or replayed, to taken by Firehose.",
    labels: ["le"],
    samples: ({ tally }, labels) =>
      histogramSamples(labels, LATENCY_BOUNDS_S, tally.latency.counts, tally.latency.sumMs / 1_000),
  },
  numberBy(
    "playtrail_breaker_state",
    "gauge",
    "1 for the state that the breaker is in: closed, open or half_open; 0 for the others.",
    "state",
    deliveryStateSchema.options,
    ({ delivery }, state) => Number(delivery.state === state),
  ),
  number(
    "playtrail_consecutive_failures",
    "gauge",
    "Deliveries that failed in a row; at 5 the breaker opens.",
    ({ delivery }) => delivery.consecutive_failures,
  ),
  number(
    "playtrail_firehose_calls_total",
    "counter",
    "PutRecordBatch calls.",
    ({ totals }) => totals.firehose_calls,
  ),
  numberBy(
    "playtrail_firehose_failed_calls_total",
    "counter",
    "Calls that failed as a whole, by class: throttled, timeout, unavailable, refused or permanent.",
    "class",
    FAILURE_CLASSES,
    ({ tally }, failure) => tally.failedCalls[failure],
  ),
  number(
    "playtrail_firehose_records_total",
    "counter",
    "Records that Firehose took.",
    ({ totals }) => totals.firehose_records,
  ),
  number(
    "playtrail_firehose_failed_records_total",
    "counter",
    "Records that failed by themselves, in calls that were answered.",
    ({ tally }) => tally.failedRecords,
  ),
  number(
    "playtrail_firehose_retried_records_total",
    "counter",
    "Records sent again after they had failed, each time that they were.",
    ({ tally }) => tally.retriedRecords,
  ),
  number(
    "playtrail_firehose_bytes_total",
    "counter",
    "Bytes of the records that Firehose took.",
    ({ totals }) => totals.firehose_bytes,
  ),
  number(
    "playtrail_firehose_billed_bytes_total",
    "counter",
    "The same as AWS bills them: each record rounded up to 5 KB.",
    ({ totals }) => totals.firehose_billed_bytes,
  ),
  number(
    "playtrail_rows_written_total",
    "counter",
    "SQLite rows written, deletes and alarms included, as Cloudflare bills them.",
    ({ totals }) => totals.rows_written,
  ),
  number(
    "playtrail_dead_letter_events",
    "gauge",
    "Events in dead letters.",
    ({ dead_letters }) => dead_letters.events,
  ),
  number(
    "playtrail_dead_letter_bytes",
    "gauge",
    "Bytes of dead letters.",
    ({ dead_letters }) => dead_letters.bytes,
  ),
  number(
    "playtrail_dead_lettered_events_total",
    "counter",
    "Events that became dead letters; one that is replayed may again.",
    ({ totals }) => totals.dead_lettered,
  ),
  number(
    "playtrail_purged_events_total",
    "counter",
    "Events in dead letters that operators purged.",
    ({ totals }) => totals.purged,
  ),
  number(
    "playtrail_erased_events_total",
    "counter",
    "Events of erased players: taken out, or never kept.",
    ({ totals }) => totals.erased,
  ),
];

/** The labels that every metric of a game has, and of a queue. */
const GAME_LABELS = ["game"];
const QUEUE_LABELS = [...GAME_LABELS, "shard"];

/** Every metric there is, in the order in which they are written. */
export const CATALOGUE = [
  ...COLLECTOR_METRICS.map((metric) => describe(metric, [])),
  ...GAME_METRICS.map((metric) => describe(metric, GAME_LABELS)),
  ...[QUEUE_UP, ...QUEUE_METRICS].map((metric) => describe(metric, QUEUE_LABELS)),
];

function describe({ name, type, help, labels = [] }: Omit<Metric<never>, "samples">, own: readonly string[]) {
  return { name, type, help, labels: [...own, ...labels] };
}

/** All families of a scrape. */
export function familiesOf(scrape: Scrape): Family[] {
  const asked = scrape.queues.map((queue) => ({ queue, labels: labelsOf(queue) }));
  const answered = asked.flatMap(({ queue: { metrics }, labels }) => (metrics ? [{ metrics, labels }] : []));
  return [
    ...COLLECTOR_METRICS.map((metric) => familyOf(metric, metric.samples(scrape, {}))),
    ...GAME_METRICS.map((metric) =>
      familyOf(
        metric,
        gamesOf(scrape.queues).flatMap((asked) => metric.samples(asked, { game: asked.game })),
      ),
    ),
    familyOf(
      QUEUE_UP,
      asked.flatMap(({ queue, labels }) => QUEUE_UP.samples(queue, labels)),
    ),
    ...QUEUE_METRICS.map((metric) =>
      familyOf(
        metric,
        answered.flatMap(({ metrics, labels }) => metric.samples(metrics, labels)),
      ),
    ),
  ];
}

function familyOf({ name, type, help }: Omit<Metric<never>, "samples">, samples: readonly Sample[]): Family {
  return { name, type, help, samples };
}

/** The games of which every queue answered. The collector's own queue has no players. */
function gamesOf(queues: readonly AskedQueue[]): AskedGame[] {
  const byGame = Map.groupBy(queues, (queue) => labelsOf(queue).game);
  byGame.delete(COLLECTOR);
  return [...byGame].flatMap(([game, asked]) => {
    const activePlayers = asked.flatMap(({ metrics }) => metrics?.activePlayers ?? []);
    return activePlayers.length === asked.length ? [{ game, activePlayers }] : [];
  });
}

/** `awesome_game/enam/0` is the shard `enam/0` of the game. */
function labelsOf({ name }: AskedQueue): { game: string; shard: string } {
  const end = name.indexOf("/");
  return { game: name.slice(0, end), shard: name.slice(end + 1) };
}
