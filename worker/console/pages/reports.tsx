import { useCallback } from "preact/hooks";
import * as format from "../format.ts";
import { incidentName } from "../parts/incident.ts";
import { Amounts, Badge, Heading, Known, Time } from "../parts/parts.tsx";
import { type Column, LongTable, Table } from "../parts/table.tsx";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { Incident, Report } from "../types.ts";

const EVERY_MS = 10_000;

/** What is wrong, what was, and how each day went. */
export function Reports({ game }: { game: string }) {
  const { api } = useSignedIn();
  const [incidents, refreshIncidents] = usePolledApi(
    useCallback((signal: AbortSignal) => api.incidents(game, signal), [api, game]),
    EVERY_MS,
  );
  const [reports, refreshReports] = usePolledApi(
    useCallback((signal: AbortSignal) => api.reports(game, signal), [api, game]),
    EVERY_MS,
  );
  return (
    <>
      <Heading>Reports</Heading>
      <p class="lead">
        What the collector&apos;s checks found wrong, and what it reports each morning. Where a webhook is
        set, it is told the same.
      </p>
      <Known polled={incidents} refresh={refreshIncidents}>
        {(all) => (
          <>
            <Open incidents={all.filter(({ state }) => state === "open")} />
            <LongTable
              caption="Past incidents"
              columns={PAST}
              rows={all.filter(({ state }) => state === "recovered")}
              keyOf={({ id }) => id}
              empty="There was none."
            />
          </>
        )}
      </Known>
      <Known polled={reports} refresh={refreshReports}>
        {(days) => (
          <Table
            caption="Daily reports"
            columns={DAYS}
            rows={days}
            keyOf={({ day }) => day}
            empty="The first report comes at 06:14 UTC, of the day before, if events came on it."
          />
        )}
      </Known>
    </>
  );
}

function Open({ incidents }: { incidents: Incident[] }) {
  if (incidents.length === 0) {
    return (
      <section class="table empty">
        <h2>Open incidents</h2>
        <p>No incident is open. The collector checks every ten minutes.</p>
      </section>
    );
  }
  return (
    <>
      <h2>{format.plural(incidents.length, "open incident")}</h2>
      {incidents.map((incident) => (
        <OpenIncident key={incident.id} {...incident} />
      ))}
    </>
  );
}

function OpenIncident(incident: Incident) {
  const { detail, since, seen_at, told_at, runbook } = incident;
  return (
    <section class="problem">
      <h3>
        <Name {...incident} />
      </h3>
      <p>{detail}</p>
      <p>
        Since <Time at={since} withDate />, last found <Time at={seen_at} withDate />.{" "}
        {told_at === null ? (
          "No webhook was told."
        ) : (
          <>
            The webhook was told <Time at={told_at} withDate />.
          </>
        )}
      </p>
      <p>
        What to do: <code>{runbook}</code>
      </p>
    </section>
  );
}

function Name(incident: Incident) {
  return (
    <>
      {incidentName(incident)} {incident.game === null && <Badge tone="plain">all games</Badge>}
    </>
  );
}

const PAST: Column<Incident>[] = [
  { header: "Incident", cell: Name, isName: true },
  { header: "Since", cell: ({ since }) => <Time at={since} withDate /> },
  {
    header: "Over",
    cell: ({ recovered_at }) => (recovered_at === null ? "–" : <Time at={recovered_at} withDate />),
  },
  {
    header: "Lasted",
    cell: ({ since, recovered_at }) =>
      recovered_at === null ? "–" : format.duration(Date.parse(recovered_at) - Date.parse(since)),
    isNumber: true,
  },
  { header: "What was found", cell: ({ detail }) => detail },
];

/** A dash is what is not known. */
const DAYS: Column<Report>[] = [
  { header: "Day", cell: ({ day }) => <time dateTime={day}>{day}</time>, isName: true },
  { header: "Events", cell: ({ events }) => format.number(events.received), isNumber: true },
  { header: "Players", cell: ({ active_players }) => known(active_players, format.number), isNumber: true },
  { header: "Purchases", cell: ({ purchases }) => known(purchases, format.number), isNumber: true },
  { header: "Dead letters", cell: ({ dead_letters }) => format.number(dead_letters), isNumber: true },
  {
    header: "Latency, p95",
    cell: ({ latency_p95_ms }) => known(latency_p95_ms, format.duration),
    isNumber: true,
  },
  {
    header: "Per million",
    cell: ({ cost_per_million_usd }) => format.usd(cost_per_million_usd),
    isNumber: true,
  },
  { header: "Rejected", cell: (report) => <Rejected {...report} /> },
  { header: "Revenue", cell: ({ revenue }) => <Amounts revenue={revenue ?? {}} />, isNumber: true },
];

function known(value: number | null, say: (value: number) => string): string {
  return value === null ? "–" : say(value);
}

function Rejected({ rejected_share, top_reasons }: Report) {
  return (
    <>
      <span>{format.percent(rejected_share)}</span>
      {top_reasons.map(({ code, field, count }) => (
        <span key={`${code} ${field}`} class="reason">
          <code>
            {code} {field}
          </code>{" "}
          {format.number(count)}
        </span>
      ))}
    </>
  );
}
