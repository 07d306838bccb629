import { formatCount, formatTable } from "../../local/table.ts";
import { type Fault, outageMs } from "./collector/faults.ts";
import { type ContenderName, TRAITS } from "./contenders.ts";
import { count, NOTHING, seconds } from "./format.ts";
import { inLanes, type Plan } from "./plan.ts";
import { type Outcome, run } from "./run.ts";

const EVENTS = 10_000;
const EVENTS_PER_SECOND = 4_000;
/** Contenders that are measured at once: they mostly wait. */
const LANES = 3;

/** What goes wrong, by a name that the aims know. */
export const FAULTS = {
  "503 for 5 s": { kind: "refuse", status: 503, forMs: 5_000 },
  "503 for 20 s": { kind: "refuse", status: 503, forMs: 20_000 },
  "429 with Retry-After 5 for 5 s": { kind: "refuse", status: 429, forMs: 5_000, retryAfterS: 5 },
  "connections dropped for 5 s": { kind: "drop", forMs: 5_000 },
  "every 5th answer lost": { kind: "lose", every: 5 },
  "first 3 requests hang": { kind: "hang", first: 3 },
} as const satisfies Record<string, Fault>;

/** The name of a fault. */
export type FaultName = keyof typeof FAULTS;

const QUICK: readonly FaultName[] = [
  "503 for 5 s",
  "429 with Retry-After 5 for 5 s",
  "first 3 requests hang",
];

/** How one contender came through one fault. */
export interface Survival {
  fault: FaultName;
  contender: ContenderName;
  outcome: Outcome;
  /** From the end of the outage, or of the tracking where that is later, to the last event that arrived; NaN: none has. */
  doneAfterMs: number;
}

/** Events at an even rate while something goes wrong, fault by fault: those of the plan, or these. */
export async function* benchFaults(
  { contenders, rounds, quick }: Plan,
  faults: readonly FaultName[] = quick ? QUICK : (Object.keys(FAULTS) as FaultName[]),
): AsyncGenerator<Survival[]> {
  const limitMs = quick ? 12_000 : 60_000;
  for (const fault of faults) {
    // Ours several times: chance spreads its retries, and the aims ask for all of them and for their median.
    const entries = contenders.flatMap((name) =>
      Array<ContenderName>(name === "playtrail" ? rounds : 1).fill(name),
    );
    yield await inLanes(
      LANES,
      entries.map((contender) => () => survive(fault, contender, limitMs)),
    );
  }
}

async function survive(fault: FaultName, contender: ContenderName, limitMs: number): Promise<Survival> {
  const events = Math.min(EVENTS, TRAITS[contender].maxEvents ?? EVENTS);
  const job = { contender, settings: "default", events, perSecond: EVENTS_PER_SECOND } as const;
  const outcome = await run(job, FAULTS[fault], limitMs);
  const overAtMs = Math.max(outageMs(FAULTS[fault]), outcome.trackMs);
  const hasArrived = outcome.tally.arrived > 0;
  const doneAfterMs = hasArrived ? Math.max(0, outcome.lastArrivalMs - overAtMs) : Number.NaN;
  return { fault, contender, outcome, doneAfterMs };
}

export function reportFaults(survivals: Survival[]): string {
  const header = [
    survivals[0]?.fault ?? "",
    "tracked",
    "arrived",
    "when told done",
    "copies",
    "without id",
    "requests",
    "failed",
    "too early",
    "done after s",
  ];
  return formatTable(header, survivals.map(rowOf));
}

function rowOf({ contender, fault, outcome, doneAfterMs }: Survival): string[] {
  const { events, tally, ended, died } = outcome;
  const asksToWait = "retryAfterS" in FAULTS[fault];
  return [
    died === undefined ? contender : `${contender} (died: ${died})`,
    formatCount(events),
    formatCount(tally.arrived),
    count(ended?.arrived),
    formatCount(tally.duplicates),
    formatCount(tally.strangers),
    formatCount(tally.requests),
    formatCount(tally.failed),
    asksToWait ? formatCount(tally.early) : NOTHING,
    Number.isNaN(doneAfterMs) ? NOTHING : seconds(doneAfterMs),
  ];
}
