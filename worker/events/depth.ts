/**
 * Whether a value of JSON nests deeper than so many levels. `JSON.parse` reads any depth; `JSON.stringify` does not write it: where a key is
 * a number, V8 recurses, and some thousand levels end in a RangeError. What a stranger sent is held against this first.
 */
export function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}

/** A copy of a value of JSON, with `"…"` in place of each array and object below so many levels. */
export function cutBelow(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  if (Array.isArray(value)) return value.map((inner) => cutBelow(inner, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cutBelow(inner, depth - 1)]));
}
