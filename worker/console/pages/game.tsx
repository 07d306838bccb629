import { useCallback, useState } from "preact/hooks";
import * as format from "../format.ts";
import { StackChart } from "../parts/chart.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { incidentName } from "../parts/incident.ts";
import { useNotify } from "../parts/notice.tsx";
import { Amounts, DeliveryBadge, Heading, Known, Tile, Time } from "../parts/parts.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { hrefOf } from "../router.ts";
import { byType, byVerdict } from "../series.ts";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { Incident, Live, QueueStats, ShardStats } from "../types.ts";

const EVERY_MS = 3_000;
const INCIDENTS_EVERY_MS = 10_000;

/** Today's numbers of one game, and how its queues do. */
export function Game({ game }: { game: string }) {
  const { api, isAdmin } = useSignedIn();
  const notify = useNotify();
  const [live, refreshLive] = usePolledApi(
    useCallback((signal: AbortSignal) => api.live(game, signal), [api, game]),
    EVERY_MS,
  );
  const [queue, refreshQueue] = usePolledApi(
    useCallback((signal: AbortSignal) => api.queue(game, signal), [api, game]),
    EVERY_MS,
  );
  const [incidents, refreshIncidents] = usePolledApi(
    useCallback((signal: AbortSignal) => api.incidents(game, signal), [api, game]),
    INCIDENTS_EVERY_MS,
  );
  const [isFlushing, setFlushing] = useState(false);
  const flush = async () => {
    const { depth } = await api.flush(game);
    notify(
      depth.events === 0
        ? "Delivered: nothing waits."
        : `${format.plural(depth.events, "event")} still wait.`,
    );
    refreshQueue();
  };
  const deliver = isAdmin && (
    <button type="button" onClick={() => setFlushing(true)}>
      Deliver now …
    </button>
  );
  return (
    <>
      <Heading aside={deliver}>{game}</Heading>
      {queue.kind === "ready" && <Stopped delivery={queue.data.delivery} />}
      {incidents.kind !== "loading" && (
        <Known polled={incidents} refresh={refreshIncidents}>
          {(data) => <OpenIncidents game={game} incidents={data} />}
        </Known>
      )}
      <Known polled={live} refresh={refreshLive}>
        {(data) => <Today live={data} />}
      </Known>
      <Known polled={queue} refresh={refreshQueue}>
        {(data) => <Queue queue={data} />}
      </Known>
      {live.kind === "ready" && <Hours hours={live.data.hours} />}
      {isFlushing && (
        <Confirm title="Deliver now?" action="Deliver now" run={flush} onClose={() => setFlushing(false)}>
          <p>
            All that waits is sent to Firehose at once, whatever a backoff says. It is delivered by itself
            otherwise.
          </p>
        </Confirm>
      )}
    </>
  );
}

/** What an operator must know before all else. */
function Stopped({ delivery: { state, last_error } }: Pick<QueueStats, "delivery">) {
  if (state === "closed") return null;
  return (
    <div class="problem">
      <p>
        <b>Delivery has stopped.</b> Nothing is lost: events are still taken, and wait.{" "}
        {last_error && `${last_error.code}: ${last_error.message}`}
      </p>
      <p>{last_error?.advice ? `What to do: ${last_error.advice}` : "It is tried again by itself."}</p>
    </div>
  );
}

/** That something is wrong; what, and what to do, stands on a page of its own. */
function OpenIncidents({ game, incidents }: { game: string; incidents: Incident[] }) {
  const open = incidents.filter(({ state }) => state === "open");
  if (open.length === 0) return null;
  return (
    <p class="problem">
      <b>{format.plural(open.length, "open incident")}:</b> {open.map(incidentName).join(", ")}.{" "}
      <a href={hrefOf({ page: "reports", game })}>Since when, and what to do</a>
    </p>
  );
}

function Today({ live }: { live: Live }) {
  const { today, active_players, minutes, delivery } = live;
  const last = minutes.at(-2);
  const { p50, p95, p99, count } = delivery.latency_ms;
  return (
    <>
      <dl class="tiles">
        <Tile label="Last minute" value={format.number(last?.accepted ?? 0)} note="events accepted" />
        <Tile
          label="Today"
          value={format.number(today.accepted)}
          note={`${format.number(today.rejected)} rejected, ${format.plural(today.duplicates, "duplicate")}`}
        />
        <Tile
          label="Active players"
          value={format.number(active_players.last_5_minutes)}
          note={`${format.number(active_players.last_60_minutes)} in an hour, ${format.number(active_players.today)} today`}
        />
        <Tile
          label="Revenue today"
          value={<Amounts revenue={today.revenue} />}
          note={format.plural(today.purchases, "purchase")}
        />
        <Tile
          label="Latency to Firehose"
          value={count === 0 ? "–" : format.duration(p50)}
          note={
            count === 0
              ? "nothing delivered in an hour"
              : `p95 ${format.duration(p95)}, p99 ${format.duration(p99)}`
          }
        />
      </dl>
      <div class="charts">
        <StackChart title="Events a minute" stack={byType(minutes)} />
        <StackChart title="Verdicts a minute" stack={byVerdict(minutes)} />
      </div>
    </>
  );
}

/** Today's hours from the first that had any event. */
function Hours({ hours }: { hours: Live["hours"] }) {
  const first = hours.findIndex(({ accepted, duplicates, rejected }) => accepted + duplicates + rejected > 0);
  return (
    <Table
      caption="Today by hour"
      columns={HOURS}
      rows={first === -1 ? [] : hours.slice(first).toReversed()}
      keyOf={({ at }) => at}
      empty="No event came today."
    />
  );
}

const HOURS: Column<Live["hours"][number]>[] = [
  { header: "From", cell: ({ at }) => <Time at={at} />, isName: true },
  { header: "Accepted", cell: ({ accepted }) => format.number(accepted), isNumber: true },
  { header: "Rejected", cell: ({ rejected }) => format.number(rejected), isNumber: true },
  { header: "Duplicates", cell: ({ duplicates }) => format.number(duplicates), isNumber: true },
  { header: "Players", cell: ({ active_players }) => format.number(active_players), isNumber: true },
  { header: "Revenue", cell: ({ revenue }) => <Amounts revenue={revenue} />, isNumber: true },
];

function Queue({ queue }: { queue: QueueStats }) {
  const { game, dead_letters, totals, depth } = queue;
  const parts: [string, number][] = [
    ["delivered", totals.delivered],
    ["waiting", depth.events],
    ["dead letters", dead_letters.events],
    ["purged", totals.purged],
    ["erased", totals.erased],
  ];
  return (
    <>
      <Table
        caption="Queue"
        columns={SHARDS}
        rows={queue.shards}
        keyOf={({ shard }) => shard}
        empty="No event came yet."
      />
      <section class="card">
        <h2>What became of {format.plural(totals.accepted, "accepted event")}</h2>
        <dl class="sums">
          {parts.map(([name, count]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{format.number(count)}</dd>
            </div>
          ))}
        </dl>
        {dead_letters.events > 0 && (
          <a href={hrefOf({ page: "dead-letters", game })}>Look at the dead letters</a>
        )}
      </section>
    </>
  );
}

const SHARDS: Column<ShardStats>[] = [
  { header: "Queue", cell: ({ shard }) => shard.slice(shard.indexOf("/") + 1), isName: true },
  { header: "Delivery", cell: ({ delivery }) => <DeliveryBadge state={delivery.state} /> },
  { header: "Waiting", cell: ({ depth }) => format.number(depth.events), isNumber: true },
  { header: "Bytes", cell: ({ depth }) => format.bytes(depth.bytes), isNumber: true },
  { header: "Oldest", cell: ({ depth }) => format.duration(depth.oldest_age_ms), isNumber: true },
  {
    header: "Failures",
    cell: ({ delivery }) => format.number(delivery.consecutive_failures),
    isNumber: true,
  },
  {
    header: "Last success",
    cell: ({ delivery: { last_success_at } }) =>
      last_success_at === null ? "–" : <Time at={last_success_at} withDate />,
  },
  {
    header: "Next attempt",
    cell: ({ delivery: { next_attempt_at } }) =>
      next_attempt_at === null ? "–" : <Time at={next_attempt_at} />,
  },
  { header: "Last error", cell: ({ delivery: { last_error } }) => last_error?.code ?? "–" },
];
