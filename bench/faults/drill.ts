import type { Book } from "./book.ts";
import { type Collector, type Settings, settingsOf } from "./collector.ts";
import { type Players, seatPlayers } from "./players.ts";
import { accountingProblems, problemsOf, type Reconciled, reconcile } from "./reconcile.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

/** `full` is what `npm run drill` runs; `short` is the same at a size for tests. */
export type Length = "full" | "short";

/** One drill, ready to run. */
export interface Drill {
  number: number;
  name: string;
  /** Where at-least-once delivery lets an event come twice here, and why. Null: nowhere. */
  duplicates: string | null;
  run(length: Length): Promise<Outcome>;
}

/** What a drill found. */
export interface Outcome extends Reconciled {
  /** From when all was well again until nothing waited. */
  drainMs: number;
  /** What else there is to know. */
  note: string;
  /** What must not be; empty: the drill is passed. */
  problems: string[];
}

/** A collector that a drill may end. */
export type Stoppable = Collector & { stop(): Promise<void> };

/** Who takes part. */
export interface Scene<Own extends Collector> {
  collector: Own;
  firehose: StandIn;
  book: Book;
  /** Seats players with the SDK; they leave when the drill ends. */
  seat(count: number, create?: Parameters<typeof seatPlayers>[3]): Players;
}

/** What only the drill itself can tell. */
export interface Report {
  drainMs: number;
  note?: string;
  /** How many copies more than one of an event are explained. */
  extraCopies?: ReadonlyMap<string, number>;
  problems?: string[];
}

/** A drill as it is written down. `act` does what goes wrong, mends it, and returns once nothing waits any more. */
export interface Plan<Size, Own extends Stoppable> extends Omit<Drill, "run"> {
  sizes: Record<Length, Size>;
  settings?: Settings;
  open(settings: Settings): Promise<Own>;
  act(scene: Scene<Own>, size: Size): Promise<Report>;
}

/** Makes a drill of a plan: sets the scene anew, lets it play, and reconciles every event afterwards. */
export function drill<Size, Own extends Stoppable>(plan: Plan<Size, Own>): Drill {
  const { number, name, duplicates, sizes, settings = {}, open, act } = plan;

  async function run(length: Length): Promise<Outcome> {
    const firehose = await startStandIn();
    const collector = await open(settingsOf(firehose.url, settings));
    const book: Book = new Map();
    const seated: Players[] = [];
    const seat: Scene<Own>["seat"] = (count, create) => {
      const players = seatPlayers(collector, book, count, create);
      seated.push(players);
      return players;
    };
    try {
      const scene = { collector, firehose, book, seat };
      return await judge(scene, await act(scene, sizes[length]));
    } finally {
      await Promise.all(seated.map((players) => players.leave()));
      await collector.stop();
      await firehose.close();
    }
  }

  return { number, name, duplicates, run };
}

async function judge({ collector, firehose, book }: Scene<Collector>, report: Report): Promise<Outcome> {
  const { drainMs, note = "", extraCopies = new Map(), problems = [] } = report;
  await firehose.collect();
  const found = { delivered: firehose.delivered, deadLettered: await collector.deadLetters() };
  const reconciled = reconcile(book, found, extraCopies);
  const stats = await collector.stats();
  const left = stats.depth.events === 0 ? [] : [`${stats.depth.events} events still wait`];
  return {
    ...reconciled,
    drainMs,
    note,
    problems: [...problemsOf(reconciled), ...accountingProblems(stats), ...left, ...problems],
  };
}
