/**
 * Metrics as Prometheus reads them: text format 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * By hand, since no library fits. What they offer is counting within a process, which is done elsewhere here: in each queue's own
 * storage. prom-client 15 loads cluster, http, v8 and perf_hooks, and its histograms can only observe, never be told counts that they did not make;
 * promjs 0.4 can be told, but escapes no label; workers-prometheus counts in a Durable Object of its own, a call for each count. What is left of
 * them is this file.
 */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type MetricType = "counter" | "gauge" | "histogram";

export type Labels = Readonly<Record<string, string>>;

/** One line. A histogram has several for each of its label sets, told apart by what is put behind the name. */
export interface Sample {
  suffix?: "_bucket" | "_sum" | "_count";
  labels: Labels;
  value: number;
}

/** All samples of one name. */
export interface Family {
  name: string;
  type: MetricType;
  help: string;
  samples: readonly Sample[];
}

/** Writes families in their order; one without samples is left out. */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(textOf)
    .join("");
}

/** The samples of one histogram. `counts` has one for each bound and one for what exceeds them all; each thing is counted once. */
export function histogramSamples(
  labels: Labels,
  bounds: readonly number[],
  counts: readonly number[],
  sum: number,
): Sample[] {
  let below = 0;
  const buckets = counts.map((count, place): Sample => {
    below += count;
    const le = place < bounds.length ? String(bounds[place]) : "+Inf";
    return { suffix: "_bucket", labels: { ...labels, le }, value: below };
  });
  return [...buckets, { suffix: "_sum", labels, value: sum }, { suffix: "_count", labels, value: below }];
}

function textOf({ name, type, help, samples }: Family): string {
  const lines = samples.map(
    ({ suffix = "", labels, value }) => `${name}${suffix}${labelText(labels)} ${value}\n`,
  );
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
