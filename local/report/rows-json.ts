/** Rows, or tables of them, as JSON. A whole number too large for a double is a string there, as every decimal is. */
export function rowsJson(rows: unknown): string {
  return JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value), 2);
}
