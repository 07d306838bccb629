import { formatCount } from "../../table.ts";
import type { Aim } from "../aims.ts";
import { decimal, seconds } from "../format.ts";
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
  /** Why ours is not to be the first, where that is meant. */
  reason?: string;
}

const exact = () => 0;

const BLOCK_MEASURES: Measure<Block>[] = [
  {
    name: "ms in track()",
    of: ({ trackMs }) => trackMs,
    best: "least",
    tie: (best) => best * 0.2,
    show: decimal,
    // Some only note the calls there, and do the work in a later task.
    reason: "but see the longest task",
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
    name: "the last after s",
    of: ({ lastAfterMs }) => lastAfterMs,
    best: "least",
    tie: () => 250, // several players share two processors
    show: seconds,
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
    reason: "what is not known to have arrived is sent again, with the id it had",
  },
  {
    name: "copies without id",
    of: ({ strangers }) => strangers,
    best: "least",
    tie: exact,
    show: formatCount,
  },
];

/** In every row of the tables: is ours the first, or as good as the first? */
export function browserAims({ blocks, journeys }: BrowserFindings): Aim[] {
  const ways = [...new Set(journeys.map(({ way }) => way))];
  return [
    ...compareAll(`${formatCount(BLOCK_EVENTS)} in one task of a page`, blocks, BLOCK_MEASURES),
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
): Aim[] {
  const own = rows.find(({ contender }) => contender === "playtrail");
  const others = rows.filter((row) => row !== own);
  if (own === undefined || others.length === 0) return [];
  return measures.map((measure) => ({
    ...compare(own, others, measure),
    aim: `${what}: ${measure.name}, first or tied`,
  }));
}

function compare<Row extends { contender: BrowserContender }>(
  own: Row,
  others: Row[],
  measure: Measure<Row>,
): Omit<Aim, "aim"> {
  const { of, show, reason, isRival = () => true } = measure;
  const sign = measure.best === "least" ? 1 : -1;
  const rivals = others
    .filter((row) => !Number.isNaN(of(row)) && isRival(row, own))
    .toSorted((a, b) => sign * (of(a) - of(b)));
  const [best] = rivals;
  if (best === undefined) return { found: `${show(of(own))}, alone`, isMet: !Number.isNaN(of(own)) };
  const isMet = sign * (of(own) - of(best)) <= measure.tie(of(best));
  const found = `${show(of(own))}, ${best.contender} ${show(of(best))}`;
  return { found: isMet || reason === undefined ? found : `${found}: ${reason}`, isMet };
}
