/**
 * JSON in which U+FFFD stands for each half of a surrogate pair that is without the other, as `String.prototype.toWellFormed` puts it. Snowflake
 * and most parsers refuse such a half, and that would cost the whole line. It is mended before it is read, so that two names or players
 * whom a line could not tell apart are one from the start: a line with a name twice would be refused, too.
 */
export function wellFormed(json: string): string {
  return HALF.test(json) ? json.replaceAll(ESCAPES, mended) : json;
}

/** In UTF-8 there are no halves: they come as escapes alone. */
const HALF = /\\u[dD][89a-fA-F]/;

/** All backslashes that stand together, and behind them a pair or what may be a half. Other escapes are none of its business: there may be millions. */
const ESCAPES =
  /(?<!\\)(\\+)u([dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|[dD][89a-fA-F][\da-fA-F]{2})/g;

const ESCAPE_LENGTH = "\\ud83d".length;

function mended(whole: string, backslashes: string, digits: string): string {
  const isPair = digits.length > ESCAPE_LENGTH;
  // Where each backslash is escaped by another, the first half is no half but text; then the second of a pair is alone.
  const isText = backslashes.length % 2 === 0;
  const endsInHalf = isText ? isPair : !isPair;
  return endsInHalf ? `${whole.slice(0, -ESCAPE_LENGTH)}\ufffd` : whole;
}
