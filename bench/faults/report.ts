import { formatCount, formatTable } from "../../local/table.ts";
import type { Drill, Outcome } from "./drill.ts";

/** A drill with what it found. */
export interface Row {
  drill: Drill;
  outcome: Outcome;
}

const HEADER = [
  "drill",
  "acknowledged",
  "lost",
  "dead letters",
  "duplicated",
  "drained in",
  "duplicates possible?",
  "note",
];

/** One line a drill, for a terminal. */
export function formatReport(rows: readonly Row[]): string {
  return formatTable(HEADER, rows.map(cells), ["duplicates possible?", "note"]);
}

function cells({ drill, outcome }: Row): string[] {
  return [
    `${drill.number} ${drill.name}`,
    formatCount(outcome.acknowledged),
    formatCount(outcome.lost.length),
    formatCount(outcome.deadLettered),
    formatCount(outcome.duplicated.length),
    `${(outcome.drainMs / 1_000).toFixed(1)} s`,
    drill.duplicates === null ? "no" : `yes: ${drill.duplicates}`,
    outcome.note,
  ];
}
