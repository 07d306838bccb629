import { formatCount } from "../../local/table.ts";

/** What was not measured, or cannot be. */
export const NOTHING = "–";

/** `12.345` → `12.3`; from 100 on without a fraction. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return NOTHING;
  return value >= 100 ? formatCount(value) : value.toFixed(1);
}

/** Like {@link formatCount}; what was not measured is a dash. */
export function count(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? NOTHING : formatCount(value);
}

/** `12345` ms → `12.3`. */
export function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
