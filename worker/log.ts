/** Writes one structured line. It may hold no secret and no player's id. */
export function log(level: "info" | "warn" | "error", event: string, fields: Record<string, unknown>): void {
  console[level](JSON.stringify({ level, event, ...fields }));
}
