import type * as z from "zod";

/** Enough to see what is wrong. */
const MAX_ISSUES = 10;
const MAX_CHARACTERS = 1_000;

/** What a schema found wrong, by field. Of bounded length: a name that was sent may be a megabyte long, and there may be many. */
export function describeIssues({ issues }: z.ZodError): string {
  const described = issues.slice(0, MAX_ISSUES).map(({ path, message }) => [...path, message].join(": "));
  const text = described.join("; ");
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
}
