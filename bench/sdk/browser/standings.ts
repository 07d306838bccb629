import { formatCount, formatTable } from "../../../local/table.ts";
import { decimal, NOTHING } from "../format.ts";
import { BLOCK_EVENTS, type Block, taskMs } from "./blocks.ts";
import type { BrowserContender } from "./contenders.ts";
import type { BrowserFindings } from "./index.ts";
import type { Journey } from "./journeys.ts";

/** What contenders are compared by. */
interface Measure<Row> {
  name: string;
  of(row: Row): number;
  best: "most" | "least";
  /** Who is this near to the best is as good: chance decides between them. */
  tie: (best: number) => number;
  show(value: number): string;
  /** Whose rows say nothing, beside ours: nothing is soonest for who delivers nothing. Absent: all count. */
  isRival?(row: Row, own: Row): boolean;
  /** Why ours is not the first, where that is meant. */
  reason?(best: Row, own: Row): string;
}

/** How ours stands beside the best of the others in one column of a table. */
interface Standing {
  what: string;
  own: string;
  best: string;
  by: string;
  isFirst: boolean;
  /** Why it is not, where that is meant. */
  reason: string;
}

const exact = () => 0;

const BLOCK_MEASURES: Measure<Block>[] = [
  {
    name: "ms in track()",
    of: ({ trackMs }) => trackMs,
    best: "least",
    tie: (best) => best * 0.2,
    show: decimal,
    reason: (best, own) =>
      best.longestTaskMs > own.longestTaskMs ? "it notes the calls, and works in a later task" : "",
  },
  {
    name: "longest task",
    of: ({ longestTaskMs }) => longestTaskMs,
    best: "least",
    tie: exact,
    show: taskMs,
  },
  { name: "arrived", of: ({ arrived }) => arrived, best: "most", tie: exact, show: formatCount },
];

const JOURNEY_MEASURES: Measure<Journey>[] = [
  { name: "arrived", of: ({ arrived }) => arrived, best: "most", tie: exact, show: formatCount },
  {
    name: "s until the last",
    of: ({ lastAfterMs }) => lastAfterMs,
    best: "least",
    tie: () => 250, // several players share two processors
    show: (ms) => (ms / 1_000).toFixed(2),
    isRival: (row, own) => row.arrived >= own.arrived,
  },
  {
    name: "lost",
    of: ({ events, arrivedInAll }) => events - arrivedInAll,
    best: "least",
    tie: exact,
    show: formatCount,
  },
  {
    name: "copies",
    of: ({ duplicates }) => duplicates,
    best: "least",
    tie: exact,
    show: formatCount,
    isRival: (row, own) => row.arrivedInAll >= own.arrivedInAll,
    reason: () => "sent again with the same ids, for no answer reaches a page that is gone",
  },
  {
    name: "copies without id",
    of: ({ strangers }) => strangers,
    best: "least",
    tie: exact,
    show: formatCount,
  },
];

/** In every column of the tables: is ours the first, or as good as the first? Empty where nothing was compared. */
export function reportStandings(findings: BrowserFindings): string {
  const rows = standingsOf(findings).map(({ what, own, best, by, isFirst, reason }) => [
    what,
    own,
    best,
    by,
    isFirst ? "yes" : "NO",
    reason,
  ]);
  const header = ["in pages", "playtrail", "best of the others", "by", "first or tied", "why not"];
  return rows.length === 0 ? "" : formatTable(header, rows, ["by", "why not"]);
}

function standingsOf({ blocks, journeys }: BrowserFindings): Standing[] {
  const ways = [...new Set(journeys.map(({ way }) => way))];
  return [
    ...compareAll(`${formatCount(BLOCK_EVENTS)} in one task`, blocks, BLOCK_MEASURES),
    ...ways.flatMap((way) =>
      compareAll(
        way,
        journeys.filter((journey) => journey.way === way),
        JOURNEY_MEASURES,
      ),
    ),
  ];
}

function compareAll<Row extends { contender: BrowserContender }>(
  what: string,
  rows: Row[],
  measures: Measure<Row>[],
): Standing[] {
  const own = rows.find(({ contender }) => contender === "playtrail");
  const others = rows.filter((row) => row !== own);
  if (own === undefined || others.length === 0) return [];
  return measures.map((measure) => compare(`${what}: ${measure.name}`, own, others, measure));
}

function compare<Row extends { contender: BrowserContender }>(
  what: string,
  own: Row,
  others: Row[],
  measure: Measure<Row>,
): Standing {
  const { of, show, reason = () => "", isRival = () => true } = measure;
  const sign = measure.best === "least" ? 1 : -1;
  const rivals = others
    .filter((row) => !Number.isNaN(of(row)) && isRival(row, own))
    .toSorted((a, b) => sign * (of(a) - of(b)));
  const [best] = rivals;
  if (best === undefined) {
    return { what, own: show(of(own)), best: NOTHING, by: "", isFirst: !Number.isNaN(of(own)), reason: "" };
  }
  const names = rivals.filter((row) => of(row) === of(best)).map(({ contender }) => contender);
  const isFirst = sign * (of(own) - of(best)) <= measure.tie(of(best));
  return {
    what,
    own: show(of(own)),
    best: show(of(best)),
    by: names.length > 2 ? `${names.length} of them` : names.join(", "),
    isFirst,
    reason: isFirst ? "" : reason(best, own),
  };
}
