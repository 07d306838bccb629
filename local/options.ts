import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** How the laptop stack is to run. */
export interface Options {
  /** The collector's port; 0 picks a free one. */
  port: number;
  /** The Firehose stand-in's port; 0 picks a free one. */
  firehosePort: number;
  /** The example game's port; 0 picks a free one. */
  gamePort: number;
  /** The directory, as an absolute path, that holds all state. */
  data: string;
  /** How many simulated players. */
  players: number;
}

export type Command =
  | { kind: "run"; options: Options }
  | { kind: "help" }
  | { kind: "wrong"; message: string };

export const USAGE = `npm start -- [options]

  --port <n>            the collector's port, 0 for any free one     8787
  --firehose-port <n>   the Firehose stand-in's port, 0 likewise     4573
  --game-port <n>       the example game's port, 0 likewise          8788
  --data <directory>    where all state is kept                      .local
  --players <n>         how many simulated players                   5
  --help                this text`;

const MAX_PORT = 65_535;
/** Each player is a client of its own on this one process. */
const MAX_PLAYERS = 1_000;

/** Reads the command line (without node and script). Relative paths start at the working directory. */
export function parseOptions(args: string[]): Command {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: "string", default: "8787" },
        "firehose-port": { type: "string", default: "4573" },
        "game-port": { type: "string", default: "8788" },
        data: { type: "string", default: ".local" },
        players: { type: "string", default: "5" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return { kind: "help" };
    return {
      kind: "run",
      options: {
        port: parseCount("--port", values.port, MAX_PORT),
        firehosePort: parseCount("--firehose-port", values["firehose-port"], MAX_PORT),
        gamePort: parseCount("--game-port", values["game-port"], MAX_PORT),
        data: resolve(values.data),
        players: parseCount("--players", values.players, MAX_PLAYERS),
      },
    };
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}

function parseCount(flag: string, text: string, max: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= max)) throw new RangeError(`${flag} must be a whole number from 0 to ${max}; got "${text}"`);
  return count;
}
