/** `1 event`, `12,000 events`. */
export function spellCount(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** How long something took, in the unit that says it best: `40 seconds`, `14 minutes`, `3 hours`, `9 days`. Rounded down. */
export function spellDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 120) return spellCount(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return spellCount(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? spellCount(hours, "hour") : spellCount(Math.floor(hours / 24), "day");
}

/** `6.3 %`. */
export function spellShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
