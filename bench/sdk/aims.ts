import { formatCount, formatTable, median } from "../../local/table.ts";
import type { BrowserFindings } from "./browser/index.ts";
import { reportStandings } from "./browser/standings.ts";
import type { Bundle } from "./bundles.ts";
import type { Burst } from "./burst.ts";
import { EXIT_EVENTS, type Exit } from "./exits.ts";
import type { FaultName, Survival } from "./faults.ts";
import { decimal } from "./format.ts";

/** What the sections found; what was not run is empty. */
export interface Findings {
  bundles: Bundle[];
  bursts: Burst[];
  survivals: Survival[];
  exits: Exit[];
  browser: BrowserFindings;
}

/** One aim, and how far our SDK is from it. */
interface Aim {
  aim: string;
  found: string;
  isMet: boolean;
}

/** What the SDK is to reach, against what it reached; in pages, against what the others reached. */
export function reportAims(findings: Findings): string {
  const aims = [
    ...burstAims(findings.bursts),
    ...faultAims(findings.survivals),
    ...exitAims(findings.exits),
    ...bundleAims(findings.bundles),
  ];
  const rows = aims.map(({ aim, found, isMet }) => [aim, found, isMet ? "yes" : "NO"]);
  const reached = rows.length === 0 ? "" : formatTable(["playtrail's aims", "measured", "met"], rows);
  return [reached, reportStandings(findings.browser)].filter((table) => table !== "").join("\n\n");
}

function burstAims(bursts: Burst[]): Aim[] {
  const own = bursts.find(({ contender, settings }) => contender === "playtrail" && settings === "default");
  if (own === undefined) return [];
  const { tracked, arrived, perSecond, cpuMicros, peakRssMb, wireBytes } = own;
  return [
    { aim: "50,000 in one task arrive", found: formatCount(arrived), isMet: arrived === tracked },
    { aim: "≥ 100,000 events/s end to end", found: formatCount(perSecond), isMet: perSecond >= 100_000 },
    { aim: "≤ 10 µs of processor time an event", found: decimal(cpuMicros), isMet: cpuMicros <= 10 },
    { aim: "≤ 180 MB of memory", found: decimal(peakRssMb), isMet: peakRssMb <= 180 },
    { aim: "≤ 25 bytes on the wire an event", found: decimal(wireBytes), isMet: wireBytes <= 25 },
  ];
}

function faultAims(survivals: Survival[]): Aim[] {
  const of = (name: FaultName) =>
    survivals.filter(({ fault, contender }) => fault === name && contender === "playtrail");
  const waits = of("429 with Retry-After 5 for 5 s");
  const early = Math.max(...waits.map(({ outcome }) => outcome.tally.early));
  return [
    ...outageAims("503 for 5 s", of("503 for 5 s"), 3),
    ...outageAims("503 for 20 s", of("503 for 20 s"), 3),
    ...(waits.length > 0
      ? [{ aim: "no request before Retry-After", found: formatCount(early), isMet: early === 0 }]
      : []),
    ...outageAims("first 3 requests hang", of("first 3 requests hang"), 8),
  ];
}

/** The worst of all runs, but for the time: its median. */
function outageAims(name: FaultName, runs: Survival[], limitS: number): Aim[] {
  if (runs.length === 0) return [];
  const missing = Math.max(...runs.map(({ outcome }) => outcome.events - outcome.tally.arrived));
  const failed = Math.max(...runs.map(({ outcome }) => outcome.tally.failed));
  const doneAfterS = median(runs.map(({ doneAfterMs }) => doneAfterMs)) / 1_000;
  return [
    { aim: `${name}: all arrive`, found: missing === 0 ? "all" : `${missing} missing`, isMet: missing === 0 },
    { aim: `${name}: ≤ 30 failed requests`, found: formatCount(failed), isMet: failed <= 30 },
    { aim: `${name}: done ≤ ${limitS} s after`, found: doneAfterS.toFixed(2), isMet: doneAfterS <= limitS },
  ];
}

function exitAims(exits: Exit[]): Aim[] {
  const own = exits.filter(({ contender }) => contender === "playtrail");
  const drained = own.filter(({ hasFile, ending }) => !hasFile && ending === "loop drains");
  const kept = own.filter(({ hasFile, ending }) => hasFile && ending !== "loop drains");
  return [
    ...drained.map((exit) => ({ ...exit, aim: "exit without flush: drained" })),
    ...kept.map((exit) => ({ ...exit, aim: `${exit.ending} with a file: all there at the next start` })),
  ].map(({ aim, arrived }) => ({ aim, found: formatCount(arrived), isMet: arrived === EXIT_EVENTS }));
}

function bundleAims(bundles: Bundle[]): Aim[] {
  const limits = { "playtrail by script tag": 8, playtrail: 8, "playtrail's core alone": 4 };
  return Object.entries(limits).flatMap(([name, kib]) =>
    bundles
      .filter((bundle) => bundle.name === name)
      .map(({ gzipBytes }) => ({
        aim: `${name === "playtrail" ? "playtrail by a bundler" : name}: ≤ ${kib} KiB with gzip`,
        found: `${(gzipBytes / 1_024).toFixed(2)} KiB`,
        isMet: gzipBytes <= kib * 1_024,
      })),
  );
}
