import type { Incident } from "../types.ts";

/** An incident in words, as the webhook's messages have it: "stuck queue", "revenue anomaly (EUR)". */
export function incidentName({ check, about }: Incident): string {
  const name = check.replaceAll("_", " ");
  return about === null ? name : `${name} (${about})`;
}
