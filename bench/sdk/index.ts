import type { BenchOptions } from "../index.ts";
import { type Findings, reportAims } from "./aims.ts";
import { BROWSER_CONTENDERS, BROWSER_TRAITS } from "./browser/contenders.ts";
import { runBrowser } from "./browser/index.ts";
import { benchBundles, reportBundles } from "./bundles.ts";
import { benchBurst, reportBurst } from "./burst.ts";
import { CONTENDERS, TRAITS } from "./contenders.ts";
import { benchExits, reportExits } from "./exits.ts";
import { benchFaults, reportFaults } from "./faults.ts";
import { areInstalled, prepare } from "./peers.ts";
import type { Plan } from "./plan.ts";

/** Each prints what it finds, and leaves it for the aims. In the order in which they run. */
const SECTIONS: Record<string, (plan: Plan, findings: Findings) => Promise<void>> = {
  async bundles(plan, findings) {
    findings.bundles = await benchBundles(plan);
    print(reportBundles(findings.bundles));
  },
  async burst(plan, findings) {
    findings.bursts = await benchBurst(plan);
    print(reportBurst(findings.bursts));
  },
  async faults(plan, findings) {
    for await (const survivals of benchFaults(plan)) {
      findings.survivals.push(...survivals);
      print(reportFaults(survivals));
    }
  },
  async exits(plan, findings) {
    findings.exits = await benchExits(plan);
    print(reportExits(findings.exits));
  },
  async browser(plan, findings) {
    findings.browser = await runBrowser(plan, print);
  },
};

/** `npm run bench -- sdk`: our SDK beside those of others, on loopback. */
export async function runSdk({ rounds, quick = false, only = [] }: BenchOptions): Promise<Findings> {
  const sections = Object.keys(SECTIONS).filter((name) => only.includes(name));
  const known = [...Object.keys(SECTIONS), ...new Set([...CONTENDERS, ...BROWSER_CONTENDERS])];
  if (only.some((name) => !known.includes(name))) {
    console.error(`--only takes ${known.join(", ")}.`);
    process.exit(1);
  }
  const isAll = only.length === sections.length;
  // What has no call that waits for delivery takes a minute each time: nothing for a quick run.
  const isUsual = (isSlow: boolean) => isAll && !(quick && isSlow);
  const contenders = CONTENDERS.filter(
    (name) => only.includes(name) || isUsual(TRAITS[name].quietMs !== undefined),
  );
  const browserContenders = BROWSER_CONTENDERS.filter(
    (name) => only.includes(name) || isUsual(BROWSER_TRAITS[name].isSlow ?? false),
  );
  const packages = [
    ...contenders.map((name) => TRAITS[name].package),
    ...browserContenders.map((name) => BROWSER_TRAITS[name].package),
  ];
  if (!areInstalled(packages)) {
    console.error("The SDKs to compare with are not installed: npm ci --prefix bench/sdk");
    process.exit(1);
  }
  await prepare();
  const findings: Findings = {
    bundles: [],
    bursts: [],
    survivals: [],
    exits: [],
    browser: { blocks: [], journeys: [] },
  };
  const plan: Plan = { contenders, browserContenders, rounds: quick ? 1 : rounds, quick };
  for (const [name, run] of Object.entries(SECTIONS)) {
    if (sections.length === 0 || sections.includes(name)) await run(plan, findings);
  }
  print(reportAims(findings));
  return findings;
}

function print(table: string): void {
  console.log(`${table}\n`);
}
