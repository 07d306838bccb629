/** The harness does not know this piece of Snowflake SQL: rather than guess, it refuses. */
export class NotUnderstood extends Error {
  override name = "NotUnderstood";
  /** The line of the file. */
  readonly line: number;

  constructor(what: string, line: number) {
    super(`line ${line}: the harness does not know ${what}`);
    this.line = line;
  }
}
