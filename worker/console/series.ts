import type { Counts } from "./types.ts";

/** One colour of a stacked chart. */
export interface Series {
  name: string;
  /** Which colour: a type keeps its own, whatever else is there. */
  color: number;
  /** One for each moment. */
  values: number[];
}

/** What a stacked chart shows. */
export interface Stack {
  /** Seconds since 1970. */
  moments: number[];
  series: Series[];
}

type Moment = Counts & { at: string };

/** The order of the stack, from the ground up, and of the colours. */
const TYPES = [
  "session_start",
  "session_end",
  "progression",
  "resource",
  "purchase",
  "ad",
  "install",
  "performance",
  "error",
  "custom",
];

/** Events by type; types without any are left out. */
export function byType(moments: readonly Moment[]): Stack {
  const present = new Set(moments.flatMap(({ events }) => Object.keys(events)));
  const known = TYPES.filter((type) => present.has(type));
  const others = [...present].filter((type) => !TYPES.includes(type)).toSorted();
  const series = [...known, ...others].map((name) => ({
    name,
    color: TYPES.includes(name) ? TYPES.indexOf(name) : TYPES.length - 1,
    values: moments.map(({ events }) => events[name] ?? 0),
  }));
  return { moments: moments.map(secondsOf), series };
}

/** Verdicts have colours of their own, after those of the types. */
export const VERDICT_COLORS = { accepted: 10, duplicates: 11, rejected: 12 } as const;

export function byVerdict(moments: readonly Moment[]): Stack {
  const series = (["accepted", "duplicates", "rejected"] as const).map((name) => ({
    name,
    color: VERDICT_COLORS[name],
    values: moments.map((moment) => moment[name]),
  }));
  return { moments: moments.map(secondsOf), series };
}

/** Each series on top of those before it, which is how a stack is drawn. */
export function piledUp({ series }: Stack): number[][] {
  const heights: number[] = [];
  return series.map(({ values }) =>
    values.map((value, index) => {
      const height = (heights[index] ?? 0) + value;
      heights[index] = height;
      return height;
    }),
  );
}

/** The chart in words, for whoever cannot see it. */
export function inWords({ moments, series }: Stack): string {
  const totals = series
    .map(({ name, values }) => ({ name, total: values.reduce((sum, value) => sum + value, 0) }))
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.total - a.total);
  if (totals.length === 0) return `None in ${moments.length} minutes.`;
  return `In ${moments.length} minutes: ${totals.map(({ name, total }) => `${total} ${name}`).join(", ")}.`;
}

const secondsOf = ({ at }: Moment) => Date.parse(at) / 1_000;
