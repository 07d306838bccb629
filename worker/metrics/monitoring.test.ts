import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { DAY_MS, THRESHOLDS } from "../schedule/alerts/thresholds.ts";
import { checkSchema, runbookOf } from "../schedule/alerts/verdict.ts";
import { CATALOGUE } from "./catalogue.ts";
import { BLOBS, DOUBLES } from "./data-point.ts";

const FILES = import.meta.glob(["../../docs/monitoring.md", "../../docs/monitoring/*"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const textOf = (name: string) => FILES[`../../docs/${name}`] ?? "";

/** Labels that Prometheus adds itself. */
const OWN_LABELS = ["job", "instance"];

/** The labels of every name that a query may use: a histogram has three. */
const LABELS = new Map(
  CATALOGUE.flatMap(({ name, type, labels }) => {
    const names =
      type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix) : [name];
    return names.map((each) => [each, [...labels, ...OWN_LABELS]] as const);
  }),
);

/** What a query gets wrong: names that are not exposed, labels that they do not have. */
function mistakesIn(query: string): string[] {
  const names = query.match(/playtrail_\w+/g) ?? [];
  const unknown = names.filter((name) => !LABELS.has(name));
  const selectors = [...query.matchAll(/(playtrail_\w+)\{([^}]*)\}/g)].flatMap(
    ([, name = "", matchers = ""]) =>
      [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => ({ names: [name], label })),
  );
  const groupings = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = ""]) =>
    labels.split(/,\s*/).map((label) => ({ names, label })),
  );
  const wrong = [...selectors, ...groupings].filter(({ names, label }) =>
    names.some((name) => LABELS.get(name)?.includes(label) === false),
  );
  return [...unknown, ...wrong.map(({ names, label }) => `${label} of ${names.join()}`)];
}

it("a query with a name or label that does not exist is found", () => {
  expect(
    mistakesIn('sum by (game, class) (rate(playtrail_depth_events{colour="red"}[5m])) + playtrail_nonsense'),
  ).toEqual([
    "playtrail_nonsense",
    "colour of playtrail_depth_events",
    "class of playtrail_depth_events,playtrail_nonsense",
  ]);
});

interface Panel {
  id: number;
  type: string;
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource: { uid: string };
  targets: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

describe("the dashboard", () => {
  const { panels, templating } = JSON.parse(textOf("monitoring/grafana-dashboard.json")) as {
    panels: Panel[];
    templating: { list: { name: string; type: string; query: string | { query: string } }[] };
  };

  it.each(panels.map((panel) => [panel.title, panel] as const))(
    "%s: asks for what there is",
    (_, { targets }) => {
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr, legendFormat } of targets) {
        expect(expr).toContain("playtrail_");
        expect(mistakesIn(expr)).toEqual([]);
        const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
        const names = expr.match(/playtrail_\w+/g) ?? [];
        for (const label of labels) expect(LABELS.get(names[0] ?? "")).toContain(label);
      }
    },
  );

  it("can be imported anywhere: its data source is chosen, not named", () => {
    const sources = panels.flatMap(({ datasource, targets }) => [
      datasource,
      ...targets.map((t) => t.datasource),
    ]);
    expect(sources.filter(({ uid }) => !/^\$\{datasource\}$/.test(uid))).toEqual([]);
    expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
      ["datasource", "datasource"],
      ["game", "query"],
    ]);
    expect(mistakesIn(JSON.stringify(templating))).toEqual([]);
  });

  it("has panels that explain themselves and cover no other", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ title, description }) => title === "" || description === "")).toEqual([]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
}

describe("the alert rules", () => {
  const { groups } = parse(textOf("monitoring/prometheus-rules.yml")) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);

  it.each(rules.map((rule) => [rule.alert, rule] as const))("%s: asks for what there is", (_, rule) => {
    expect(mistakesIn(rule.expr)).toEqual([]);
    expect(["critical", "warning"]).toContain(rule.labels.severity);
    expect(checkSchema.options.map(runbookOf)).toContain(rule.annotations.runbook);
    const text = rule.annotations.summary + rule.annotations.description;
    const shown = [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
    const known = [...(rule.expr.match(/playtrail_\w+/g) ?? [])].flatMap((name) => LABELS.get(name) ?? []);
    for (const label of shown) expect([...known, ...OWN_LABELS]).toContain(label);
  });

  it("have the thresholds of the collector's own checks", () => {
    const exprOf = (alert: string) => rules.find((rule) => rule.alert === alert)?.expr ?? "";
    const { STUCK_AGE_MS, REJECTED_SHARE, REJECTED_EVENTS_MIN, RATES_AGE_MS, FAILED_RUNS } = THRESHOLDS;
    expect(exprOf("QueueStuck")).toContain(`> ${STUCK_AGE_MS / 1_000} and`);
    expect(exprOf("RejectRateHigh")).toMatch(
      new RegExp(`> ${REJECTED_SHARE} and .* >= ${REJECTED_EVENTS_MIN}$`),
    );
    expect(exprOf("RatesOld")).toContain(`> ${RATES_AGE_MS / DAY_MS} * 86400`);
    expect(exprOf("CronFailing")).toContain(
      `{duty=~"watchdog|alerts"} >= ${FAILED_RUNS.watchdog} or playtrail_cron_failed_runs{duty="rates"} >= ${FAILED_RUNS.rates}`,
    );
    expect(FAILED_RUNS.alerts).toBe(FAILED_RUNS.watchdog);
  });

  it("are one for each thing that can go wrong", () => {
    expect(rules.map(({ alert }) => alert)).toEqual([
      "CollectorDown",
      "QueueUnreachable",
      "QueueStuck",
      "OldestAgeHigh",
      "BreakerOpen",
      "DeadLettersGrowing",
      "RejectRateHigh",
      "NoEvents",
      "DeliverySlow",
      "RatesOld",
      "CronFailing",
    ]);
  });
});

it("the example scrape asks for the path that there is, as the job that the rules name", () => {
  const { rule_files, scrape_configs } = parse(textOf("monitoring/prometheus.yml"));
  expect(rule_files).toEqual(["prometheus-rules.yml"]);
  expect(scrape_configs).toEqual([
    expect.objectContaining({
      job_name: "playtrail",
      scheme: "https",
      metrics_path: "/metrics",
      authorization: { type: "Bearer", credentials_file: expect.any(String) },
    }),
  ]);
});

/** The cells of the rows that begin so. */
const rowsOf = (start: string) =>
  textOf("monitoring.md")
    .split("\n")
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(2, -2).split(" | "));

describe("docs/monitoring.md", () => {
  const unquoted = (cell = "") => (cell === "–" ? [] : cell.replaceAll("`", "").split(", "));

  it("has every metric: name, type, labels and meaning", () => {
    const documented = rowsOf("| `playtrail_").map(([name, type, , labels, help]) => ({
      name: unquoted(name)[0],
      type,
      help,
      labels: unquoted(labels),
    }));
    expect(documented).toEqual(CATALOGUE);
  });

  it("has the unit of each, as its name says it", () => {
    for (const [name = "", , unit = ""] of rowsOf("| `playtrail_")) {
      const [, named] = /_(bytes|seconds)(?:_total)?`$/.exec(name) ?? [];
      expect([name, named ?? unit]).toEqual([name, unit]);
    }
  });

  it("has every column of a data point", () => {
    const columns = [
      ...BLOBS.map((name, place) => [`\`blob${place + 1}\``, `\`${name}\``]),
      ...DOUBLES.map((name, place) => [`\`double${place + 1}\``, `\`${name}\``]),
    ];
    expect([...rowsOf("| `blob"), ...rowsOf("| `double")].map(([column, name]) => [column, name])).toEqual(
      columns,
    );
  });
});
