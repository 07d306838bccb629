/** Elements of Snowflake's date formats, longest first, and what strftime has for them. */
const ELEMENTS: readonly [string, string][] = [
  ["YYYY", "%Y"],
  ["HH24", "%H"],
  ["FF3", "%g"],
  ["MON", "%b"],
  ["MM", "%m"],
  ["DD", "%d"],
  ["DY", "%a"],
  ["MI", "%M"],
  ["SS", "%S"],
  ['"T"', "T"],
  ['"Z"', "Z"],
];

/** A format for strftime; nothing where an element is not known. */
export function dateFormat(format: string): string | undefined {
  let rest = format;
  let out = "";
  while (rest !== "") {
    const element = ELEMENTS.find(([name]) => rest.toUpperCase().startsWith(name));
    const taken = element?.[0] ?? /^[-\s:./,]/.exec(rest)?.[0];
    if (taken === undefined) return undefined;
    out += element?.[1] ?? taken;
    rest = rest.slice(taken.length);
  }
  return out === "" ? undefined : out;
}
