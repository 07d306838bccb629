const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const TENTH = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** 1,234,567. Below ten with a tenth, as rates have. */
export function number(value: number): string {
  return (Math.abs(value) < 10 ? TENTH : WHOLE).format(value);
}

const KIBI = 1024;
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** 1536 → 1.5 KiB. */
export function bytes(value: number): string {
  let [size, unit] = [value, 0];
  while (size >= KIBI && unit < BYTE_UNITS.length - 1) {
    size /= KIBI;
    unit++;
  }
  return `${number(size)} ${BYTE_UNITS[unit]}`;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long, in the two largest units that matter: 820 ms, 4.2 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${WHOLE.format(ms)} ms`;
  if (ms < 10 * SECOND_MS) return `${TENTH.format(ms / SECOND_MS)} s`;
  const steps: [number, string, number, string][] = [
    [DAY_MS, "d", HOUR_MS, "h"],
    [HOUR_MS, "h", MINUTE_MS, "min"],
    [MINUTE_MS, "min", SECOND_MS, "s"],
  ];
  for (const [large, largeName, small, smallName] of steps) {
    if (ms < large) continue;
    const rest = Math.floor((ms % large) / small);
    return `${Math.floor(ms / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ""}`;
  }
  return `${Math.floor(ms / SECOND_MS)} s`;
}

/** 0.0815 → $0.08; what is less than a cent keeps two digits that say something. */
export function usd(value: number): string {
  if (value === 0 || value >= 0.01) return `$${value.toFixed(2)}`;
  return `$${value.toPrecision(2)}`;
}

/** 0.0123 → 1.2 %; what is less than a tenth of one, but not nothing, says so. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  return `${number(share * 100)} %`;
}

/** A decimal string with its digits grouped, to the last one: no amount passes through binary arithmetic. */
export function amount(decimal: string): string {
  const [whole = "", fraction] = decimal.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** 2026-11-21T12:34:56.000Z → 12:34:56. All times are UTC, as in the log and the warehouse. */
export function clock(at: string): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** 2026-11-21T12:34:56.000Z → 2026-11-21 12:34:56. */
export function dateTime(at: string): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

/** "1 event", "2 events". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}
