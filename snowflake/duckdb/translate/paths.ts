import { literal } from "./text.ts";

/**
 * The paths that one query reads as text, by the VARIANT that they are in. DuckDB parses a JSON text again for each path that is asked
 * for alone, but once for a list of them; equal expressions it computes once. So each path becomes an element of the list of
 * all paths of its query, which is known only at the end: until then a mark stands in its place.
 */
export class Paths {
  readonly #lists = new Map<string, string[]>();

  /** The text at a path, as a mark. */
  text(sql: string, path: string): string {
    const bases = [...this.#lists.keys()];
    const base = bases.includes(sql) ? bases.indexOf(sql) : bases.length;
    const list = this.#lists.get(sql) ?? [];
    if (!list.includes(path)) list.push(path);
    this.#lists.set(sql, list);
    return `\uE000${base}:${list.indexOf(path)}\uE001`;
  }

  /** Puts in what the marks stand for. */
  resolve(sql: string): string {
    const lists = [...this.#lists];
    // A mark may stand within the VARIANT of another one, as in payload:a::VARIANT:b.
    let resolved = sql;
    while (resolved.includes("\uE000"))
      resolved = resolved.replace(/\uE000(\d+):(\d+)\uE001/g, (_, base, index) =>
        extraction(lists[base], Number(index)),
      );
    return resolved;
  }
}

function extraction(list: [string, string[]] | undefined, index: number): string {
  const [sql, paths] = list ?? ["NULL", []];
  if (paths.length === 1) return `json_extract_string(${sql}, ${literal(paths[0] ?? "")})`;
  return `json_extract_string(${sql}, [${paths.map(literal).join(", ")}])[${index + 1}]`;
}
