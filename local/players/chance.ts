/** A source of chance: 0 inclusive to 1 exclusive, as Math.random. Given a seeded one, players do the same each time. */
export type Random = () => number;

/** Whether something of that probability (0 to 1) happens. */
export function happens(probability: number, random: Random): boolean {
  return random() < probability;
}

/** A whole number from `low` to `high`, both included. */
export function between(low: number, high: number, random: Random): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** One of `table`'s rows, each as often as its `share` says. */
export function pick<Row extends { share: number }>(table: readonly Row[], random: Random): Row {
  let left = random();
  for (const row of table) {
    left -= row.share;
    if (left < 0) return row;
  }
  const last = table.at(-1); // the shares' sum may be a rounding error short of 1
  if (last === undefined) throw new RangeError("there is nothing to pick from");
  return last;
}

/** An id of 12 hexadecimal digits. */
export function drawId(random: Random): string {
  return Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, "0");
}
