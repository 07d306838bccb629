import * as format from "../format.ts";
import { DeliveryBadge, Heading, Known, Tile } from "../parts/parts.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { hrefOf } from "../router.ts";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { GameSummary } from "../types.ts";

const EVERY_MS = 3_000;

const COLUMNS: Column<GameSummary>[] = [
  { header: "Game", cell: ({ game }) => <a href={hrefOf({ page: "game", game })}>{game}</a>, isName: true },
  { header: "Delivery", cell: ({ delivery }) => <DeliveryBadge state={delivery.state} /> },
  { header: "In a minute", cell: ({ rate }) => format.number(rate.in_per_min), isNumber: true },
  { header: "Out a minute", cell: ({ rate }) => format.number(rate.out_per_min), isNumber: true },
  { header: "Waiting", cell: ({ depth }) => format.number(depth.events), isNumber: true },
  { header: "Oldest", cell: ({ depth }) => format.duration(depth.oldest_age_ms), isNumber: true },
  { header: "Dead letters", cell: (game) => <DeadLetterCount {...game} />, isNumber: true },
  { header: "Accepted", cell: ({ totals }) => format.number(totals.accepted), isNumber: true },
  { header: "Per million", cell: (game) => <Cost {...game} />, isNumber: true },
];

/** Every game that the key sees, and whether one needs somebody. */
export function Overview() {
  const { api, session, isAdmin } = useSignedIn();
  const [polled, refresh] = usePolledApi(api.games, EVERY_MS);
  const keys = session.game === "*" && isAdmin && (
    <a href={hrefOf({ page: "keys", game: "*" })}>Keys for all games</a>
  );
  return (
    <>
      <Heading aside={keys}>Overview</Heading>
      <Known polled={polled} refresh={refresh}>
        {(games) => (
          <>
            <Silent queues={games.flatMap(({ silent }) => silent)} />
            <Sums games={games} />
            <Table
              caption="Games"
              columns={COLUMNS}
              rows={games}
              keyOf={({ game }) => game}
              empty="No game has sent an event yet. Mint a write key, and send one to POST /v1/events: /docs shows how."
            />
            <p class="note">
              Per million: what Firehose and the rows written cost for each million events so far, at list
              prices.
            </p>
          </>
        )}
      </Known>
    </>
  );
}

/** Numbers that leave a queue out would look like a loss. */
function Silent({ queues }: { queues: string[] }) {
  if (queues.length === 0) return null;
  return (
    <p class="stale" role="status">
      Not in these numbers, since they did not answer: {queues.join(", ")}. They are asked again.
    </p>
  );
}

function Sums({ games }: { games: GameSummary[] }) {
  const sum = (measure: (game: GameSummary) => number) => games.reduce((all, game) => all + measure(game), 0);
  const stopped = games.filter(({ delivery }) => delivery.state !== "closed").length;
  const dead = sum(({ dead_letters }) => dead_letters.events);
  const oldest = Math.max(0, ...games.map(({ depth }) => depth.oldest_age_ms));
  return (
    <dl class="tiles">
      <Tile
        label="Delivery"
        value={stopped === 0 ? "All well" : `${stopped} of ${games.length} stopped`}
        note={format.plural(games.length, "game")}
        tone={stopped > 0 ? "bad" : undefined}
      />
      <Tile
        label="Events a minute"
        value={format.number(sum(({ rate }) => rate.in_per_min))}
        note={`${format.number(sum(({ rate }) => rate.out_per_min))} delivered`}
      />
      <Tile
        label="Waiting"
        value={format.number(sum(({ depth }) => depth.events))}
        note={`the oldest for ${format.duration(oldest)}`}
      />
      <Tile
        label="Dead letters"
        value={format.number(dead)}
        tone={dead > 0 ? "warn" : undefined}
        note={dead > 0 ? "to be looked at" : "none"}
      />
    </dl>
  );
}

function DeadLetterCount({ game, dead_letters: { events } }: GameSummary) {
  if (events === 0) return <>0</>;
  return (
    <a class="warn" href={hrefOf({ page: "dead-letters", game })}>
      {format.number(events)}
    </a>
  );
}

function Cost({ cost_per_million: { usd, firehose_usd, rows_usd, basis } }: GameSummary) {
  const parts = `Firehose ${format.usd(firehose_usd)}, rows ${format.usd(rows_usd)}: ${basis}`;
  return <span title={parts}>{format.usd(usd)}</span>;
}
