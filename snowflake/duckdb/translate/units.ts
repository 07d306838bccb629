/** Every spelling of a unit (https://docs.snowflake.com/en/sql-reference/functions-date-time#supported-date-and-time-parts). */
const SPELLINGS: Record<string, string> = {
  year: "year y yy yyy yyyy yr years yrs",
  quarter: "quarter q qtr qtrs quarters",
  month: "month mm mon mons months",
  week: "week w wk weekofyear woy wy weeks",
  day: "day d dd days dayofmonth",
  hour: "hour h hh hr hours hrs",
  minute: "minute m mi min minutes mins",
  second: "second s sec seconds secs",
  millisecond: "millisecond ms msec milliseconds",
  microsecond: "microsecond us usec microseconds",
  isodow: "dayofweekiso weekday_iso dow_iso dayofweek_iso",
  epoch: "epoch_second epoch epoch_seconds",
};

const UNITS = new Map(
  Object.entries(SPELLINGS).flatMap(([unit, spellings]) =>
    spellings.split(" ").map((word) => [word, unit] as const),
  ),
);

/** DuckDB's name of a unit of time. */
export function unitOf(written: string): string | undefined {
  return UNITS.get(written.toLowerCase());
}
