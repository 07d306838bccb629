import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { formatCount, median } from "../../local/table.ts";
import type { LoadJob, LoadResult } from "../load.ts";
import { nextMessage, startScript, stopProcess } from "../scratch.ts";
import { type Backlog, CONTENDERS, type Contender, type Entrant, startEntrants } from "./contenders.ts";

/** Enough to keep both processors of a small machine busy. */
const CONNECTIONS = 64;
/** Long enough for V8 to compile what is hot. */
const WARM_UP_SECONDS = 1.5;
/** A backlog that is not gone by then is a finding, which ends the run. */
const DRAIN_MS_MAX = 60_000;

export interface SpeedOptions {
  eventsPerRequest: number;
  /** How long one measurement lasts. */
  seconds: number;
  /** How often each contender is measured: in turn, because the machine's own speed drifts. */
  rounds: number;
  firehoseUrl: string;
}

/** One contender: medians of its rounds. */
export interface Speed {
  eventsPerSecond: number;
  /** Half the way from the slowest round to the fastest, as a share of the median: how far to believe it. Absent: there was one round. */
  spread?: number;
  p50Ms: number;
  p99Ms: number;
  /** Playtrail's events/s over this one's: the median of the rounds' own ratios. */
  playtrailToThis: number;
  /** The share of a round's events that were not delivered when its load stopped; absent: it delivers nothing. */
  backlogShare?: number;
}

/** All contenders, and in words what failed: while that is not empty, the numbers are worth nothing. */
export interface Speeds {
  speeds: Record<Contender, Speed>;
  problems: string[];
}

type Turn = LoadResult & { backlogShare?: number };
type Round = Record<Contender, Turn>;

/** Measures the contenders side by side. Everything is new: the same empty tables, the same cold start. */
export async function measureSpeeds(options: SpeedOptions): Promise<Speeds> {
  const { eventsPerRequest, seconds, rounds: roundCount, firehoseUrl } = options;
  const loader = startScript("load.ts");
  const entrants = await startEntrants(firehoseUrl);
  const play = async (seconds: number): Promise<Round> => {
    const turns: [Contender, Turn][] = [];
    for (const name of CONTENDERS)
      turns.push([name, await take(entrants[name], loader, { eventsPerRequest, seconds })]);
    return Object.fromEntries(turns) as Round;
  };
  const warmUp = await play(WARM_UP_SECONDS);
  const rounds: Round[] = [];
  while (rounds.length < roundCount) rounds.push(await play(seconds));
  for (const name of CONTENDERS) await entrants[name].stop();
  await stopProcess(loader);

  const speeds = CONTENDERS.map((name) => [name, speedOf(name, rounds, eventsPerRequest)] as const);
  return {
    speeds: Object.fromEntries(speeds) as Record<Contender, Speed>,
    problems: CONTENDERS.flatMap((name) => failuresOf(name, [warmUp, ...rounds])),
  };
}

/** One contender's turn. What it has not delivered then must not be delivered while another is measured. */
async function take(
  { eventsUrl, writeKey, backlog }: Entrant,
  loader: ChildProcess,
  { eventsPerRequest, seconds }: Pick<LoadJob, "eventsPerRequest" | "seconds">,
): Promise<Turn> {
  const answer = nextMessage<LoadResult>(loader);
  loader.send({
    url: eventsUrl,
    key: writeKey,
    eventsPerRequest,
    arrivals: { connections: CONNECTIONS },
    seconds,
    checkAnswers: writeKey !== undefined,
  } satisfies LoadJob);
  const load = await answer;
  if (backlog === undefined) return load;
  const { events } = await backlog();
  await rest(backlog);
  return { ...load, backlogShare: events / (load.answered * eventsPerRequest) };
}

async function rest(backlog: () => Promise<Backlog>): Promise<void> {
  const deadline = performance.now() + DRAIN_MS_MAX;
  while (!(await backlog()).isResting) {
    if (performance.now() > deadline) throw new Error(`after ${DRAIN_MS_MAX / 1_000} s it still delivers`);
    await sleep(100);
  }
}

function speedOf(name: Contender, rounds: Round[], eventsPerRequest: number): Speed {
  const perSecond = ({ answered, seconds }: Turn) => (answered / seconds) * eventsPerRequest;
  const rates = rounds.map((round) => perSecond(round[name]));
  const rate = median(rates);
  const { backlogShare } = rounds[0]?.[name] ?? {};
  return {
    eventsPerSecond: rate,
    ...(rates.length > 1 && { spread: (Math.max(...rates) - Math.min(...rates)) / 2 / rate }),
    p50Ms: median(rounds.map((round) => round[name].p50Ms)),
    p99Ms: median(rounds.map((round) => round[name].p99Ms)),
    playtrailToThis: median(rounds.map((round) => perSecond(round.playtrail) / perSecond(round[name]))),
    ...(backlogShare !== undefined && {
      backlogShare: median(rounds.map((round) => round[name].backlogShare ?? Number.NaN)),
    }),
  };
}

/** What failed over all rounds: `["bare: 12 broken connections"]`. */
function failuresOf(name: Contender, rounds: Round[]): string[] {
  const counts = new Map<string, number>();
  for (const round of rounds) {
    for (const [failure, count] of Object.entries(round[name].failures))
      counts.set(failure, (counts.get(failure) ?? 0) + count);
  }
  return [...counts].map(([failure, count]) => `${name}: ${formatCount(count)} ${failure}`);
}
