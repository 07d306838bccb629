/** An event as every contender reports it, each in its own way. */
export interface BenchEvent {
  name: string;
  /** Eight properties. `n` is the event's number: by it the stand-in knows what has arrived, and what twice. */
  properties: Record<string, string | number>;
}

const NAMES = ["level_start", "level_complete", "level_fail", "boss_seen", "item_bought", "quest_done"];
const WEAPONS = ["sword", "bow", "staff", "axe", "dagger"];
const DIFFICULTIES = ["easy", "normal", "hard"];

/** Event `n`, from 1: the same for every contender. No value is empty, 0 or a boolean, for gameanalytics takes none of these. */
export function eventOf(n: number): BenchEvent {
  const hash = Math.imul(n, 2_654_435_761) >>> 0; // Knuth's multiplicative hash: varied values without a random source
  const pick = (values: string[], shift: number) => values[(hash >>> shift) % values.length] ?? "";
  return {
    name: pick(NAMES, 3),
    properties: {
      n,
      level: `world${1 + ((hash >>> 7) % 5)}/level${1 + ((hash >>> 11) % 20)}`,
      difficulty: pick(DIFFICULTIES, 5),
      weapon: pick(WEAPONS, 9),
      score: 10 * (1 + ((hash >>> 13) % 200)),
      attempt: 1 + ((hash >>> 17) % 4),
      coins: 1 + ((hash >>> 19) % 50),
      seconds: 10 + ((hash >>> 21) % 120),
    },
  };
}
