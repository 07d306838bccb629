import { formatTable } from "../../local/table.ts";
import { benchBundles } from "../sdk/bundles.ts";
import { benchBurst } from "../sdk/burst.ts";
import { CONTENDERS, type ContenderName, TRAITS } from "../sdk/contenders.ts";
import { benchExits, EXIT_EVENTS } from "../sdk/exits.ts";
import { benchFaults, type Survival } from "../sdk/faults.ts";
import { count } from "../sdk/format.ts";
import { areInstalled, installPeers, prepare } from "../sdk/peers.ts";
import type { Plan } from "../sdk/plan.ts";

/** One SDK with its defaults. What was not measured is absent. */
export interface SdkResult {
  contender: ContenderName;
  /** What a page loads of it, bundled and minified. */
  gzipBytes?: number;
  /** Of 50,000 events reported in one task on Node. */
  burst?: Lost;
  /** Of 10,000 events reported while its collector answers 503 for 5 s. */
  outage?: Lost;
  /** Of 1,000 events whose process is killed 1.5 s later. */
  kill?: Lost;
}

/** What never arrived. */
export interface Lost {
  of: number;
  lost: number;
}

/** The same vendor's package for pages, by the name that `bundles` gives it. */
const PAGE_BUNDLES: Partial<Record<ContenderName, string>> = {
  playtrail: "playtrail",
  "posthog-node": "posthog-js",
  "snowplow-node": "snowplow browser-tracker",
  "amplitude-node": "amplitude browser",
  mixpanel: "mixpanel browser",
};

/** Those that have a call that waits for delivery: without one, an SDK takes a minute each time. */
export const SDKS: readonly ContenderName[] = CONTENDERS.filter((name) => TRAITS[name].quietMs === undefined);

/** Installs the SDKs to compare with, where they are not there yet. */
export function ensurePeers(contenders: readonly ContenderName[]): void {
  if (!areInstalled(contenders.map((name) => TRAITS[name].package))) installPeers();
}

/** The SDK beside its peers: what `npm run bench -- sdk` measures of them, as far as it is about loss and size. */
export async function benchSdks(contenders: readonly ContenderName[]): Promise<SdkResult[]> {
  await prepare();
  const plan: Plan = { contenders, browserContenders: [], rounds: 1, quick: true };
  const bundles = await benchBundles(plan);
  const bursts = await benchBurst(plan);
  const survivals: Survival[] = [];
  // With all the time that they need: what comes late is not lost.
  for await (const each of benchFaults({ ...plan, quick: false }, ["503 for 5 s"])) survivals.push(...each);
  const exits = await benchExits(plan, ["kill -9 after 1.5 s"]);
  return plan.contenders.map((contender) => {
    const bundle = bundles.find(({ name }) => name === PAGE_BUNDLES[contender]);
    const burst = bursts.find((burst) => burst.contender === contender);
    const survival = survivals.find((survival) => survival.contender === contender);
    const exit = exits.find((exit) => exit.contender === contender && !exit.hasFile);
    return {
      contender,
      ...(bundle && { gzipBytes: bundle.gzipBytes }),
      ...(burst && { burst: lostOf(burst.tracked, burst.arrived) }),
      ...(survival && { outage: lostOf(survival.outcome.events, survival.outcome.tally.arrived) }),
      ...(exit && { kill: lostOf(EXIT_EVENTS, exit.arrived) }),
    };
  });
}

function lostOf(of: number, arrived: number): Lost {
  return { of, lost: of - arrived };
}

/** The SDKs, a row each. */
export function reportSdks(results: SdkResult[]): string {
  const header = [
    "SDK, settings as they come",
    "gzip B in a page",
    "lost of 50,000 at once",
    "of 10,000 with 503 for 5 s",
    "of 1,000 by kill -9 after 1.5 s",
  ];
  const rows = results.map(({ contender, gzipBytes, burst, outage, kill }) => [
    contender,
    count(gzipBytes),
    count(burst?.lost),
    count(outage?.lost),
    count(kill?.lost),
  ]);
  return formatTable(header, rows);
}
