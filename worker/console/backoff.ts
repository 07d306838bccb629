const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** How long to wait after so many failures in a row: doubled each time, with half of it drawn, so that not all consoles come at once. */
export function retryDelayMs(failures: number, random: () => number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return whole / 2 + (whole / 2) * random();
}
