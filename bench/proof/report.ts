import { formatCount, formatTable } from "../../local/table.ts";
import { CONTENDERS, type Contender } from "./contenders.ts";
import { STEADY_EVENTS_PER_SECOND } from "./cost.ts";
import type { Proof } from "./index.ts";

const TITLES: Record<Contender, string> = {
  bare: "a  bare Worker",
  floor: "b  durable floor",
  prototype: "p  the prototypes' design",
  playtrail: "c  Playtrail",
};

const HEADER = [
  "",
  "events/s",
  "±",
  "p50 ms",
  "p99 ms",
  "c to it",
  "backlog",
  "$/million",
  "acknowledged",
  "stored",
  "lost",
  "copies",
];

/** The whole comparison as one table, batch size by batch size, and below it what went wrong. */
export function reportProof(proofs: Proof[]): string {
  const rows = proofs.flatMap((proof) => [
    [`${proof.eventsPerRequest} a request`],
    ...CONTENDERS.map((name) => rowOf(name, proof)),
  ]);
  const problems = proofs.flatMap(({ problems }) => problems.map((problem) => `! ${problem}`));
  return [formatTable(HEADER, rows), LEGEND, ...problems].join("\n");
}

function rowOf(name: Contender, { speeds, dollars, crashed }: Proof): string[] {
  const { eventsPerSecond, spread, p50Ms, p99Ms, playtrailToThis, backlogShare } = speeds[name];
  const { acknowledged, stored, lost, copies } = crashed[name] ?? {};
  return [
    TITLES[name],
    formatCount(eventsPerSecond),
    spread === undefined ? "" : percent(spread),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    name === "playtrail" ? "" : playtrailToThis.toFixed(2),
    backlogShare === undefined ? "" : percent(backlogShare),
    dollars[name]?.toFixed(3) ?? "",
    ...[acknowledged, stored, lost, copies].map((events) =>
      events === undefined ? "" : formatCount(events),
    ),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

const LEGEND = [
  `Speed: 64 connections, as fast as they are answered. $/million: at ${formatCount(STEADY_EVENTS_PER_SECOND)} events/s, each request at a moment of its own.`,
  `acknowledged … copies: events, at ${formatCount(STEADY_EVENTS_PER_SECOND)}/s, while the collector is killed (kill -9) and started again. bench/README.md has the rest.`,
].join("\n");
