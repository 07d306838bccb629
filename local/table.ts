/** Columns of text, right-aligned but for the first and those that `prose` names: numbers read best so. */
export function formatTable(header: string[], rows: string[][], prose: readonly string[] = []): string {
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        column === 0 || prose.includes(header[column] ?? "")
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join("   ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("───");
  return [line(header), rule, ...rows.map(line)].join("\n");
}

/** `12345.6` → `12,346`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** The middle value; of an even number of them the upper middle one. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
