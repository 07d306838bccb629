/**
 * JSON in which U+FFFD stands for each half of a surrogate pair that is without the other, as `String.prototype.toWellFormed` puts it. Snowflake
 * and most parsers refuse such a half, and that would cost the whole line. It is mended before it is read, so that two names or players
 * whom a line could not tell apart are one from the start: a line with a name twice would be refused, too.
 */
export function wellFormed(json: string): string {
  return HALF.test(json)
    ? json.replaceAll(ESCAPES, (whole, half?: string) => (half ? "\ufffd" : whole))
    : json;
}

/** In UTF-8 there are no halves: they come as escapes alone. */
const HALF = /\\u[dD][89a-fA-F]/;

/** An escaped backslash and a pair are stepped over; the group is a half. */
const ESCAPES =
  /\\(?:\\|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2}))/g;
