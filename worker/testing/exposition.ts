import parse from "parse-prometheus-text-format";
import type { MetricType } from "../metrics/exposition.ts";

/** A text of Prometheus', read. */
export interface Scraped {
  types: ReadonlyMap<string, MetricType>;
  /** By name and labels as they are written. */
  series: ReadonlyMap<string, number>;
}

const HELP = /^# HELP ([a-z][a-z0-9_]*) \S.*$/;
const TYPE = /^# TYPE ([a-z][a-z0-9_]*) (counter|gauge|histogram)$/;
const SAMPLE =
  /^([a-z][a-z0-9_]*)(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? (\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/**
 * Reads the text format more strictly than Prometheus does: each name has HELP, then TYPE, then all of its samples, and never
 * comes again; no series comes twice; counters end in _total, and nothing else does; a histogram's buckets rise to its count.
 */
export function readStrictly(text: string): Scraped {
  parse(text);
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const types = new Map<string, MetricType>();
  const series = new Map<string, number>();
  let helped = "";
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, help] = HELP.exec(line) ?? [];
    const [, typed = "", type] = TYPE.exec(line) ?? [];
    const [, sampled = "", labels = "", value] = SAMPLE.exec(line) ?? [];
    if (help !== undefined) {
      if (types.has(help)) throw new Error(`${help} comes again`);
      helped = help;
    } else if (type !== undefined) {
      if (typed !== helped || types.has(typed)) throw new Error(`TYPE without HELP: ${line}`);
      if ((type === "counter") !== typed.endsWith("_total"))
        throw new Error(`no name for a ${type}: ${line}`);
      types.set(typed, type as MetricType);
      current = typed;
    } else if (value !== undefined) {
      const suffixes = types.get(current) === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
      if (!suffixes.some((suffix) => sampled === current + suffix)) throw new Error(`out of place: ${line}`);
      if (series.has(sampled + labels)) throw new Error(`twice: ${line}`);
      series.set(sampled + labels, Number(value));
    } else {
      throw new Error(`unreadable: ${line}`);
    }
  }
  for (const [name, type] of types) if (type === "histogram") checkHistogram(name, series);
  return { types, series };
}

function checkHistogram(name: string, series: ReadonlyMap<string, number>): void {
  let below = 0;
  for (const [key, value] of series) {
    if (!key.startsWith(`${name}_bucket{`)) continue;
    if (value < below) throw new Error(`a bucket with less than the one below: ${key}`);
    const isLast = key.includes('le="+Inf"');
    const count = series.get(key.replace("_bucket", "_count").replace(',le="+Inf"', ""));
    if (isLast && count !== value) throw new Error(`not all are in buckets: ${key}`);
    below = isLast ? 0 : value;
  }
  if (below !== 0) throw new Error(`${name} has no bucket for all`);
}
