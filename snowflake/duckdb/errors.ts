/** What went wrong, and in which statement of which file. */
export class WarehouseError extends Error {
  override name = "WarehouseError";
  readonly file: string;
  /** The line that the statement begins on, from 1. */
  readonly line: number;
  /** The how-manieth statement of its file, from 1. */
  readonly statement: number;

  constructor(at: { file: string; line: number; statement: number }, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(`${at.file}, statement ${at.statement} at line ${at.line}: ${message}`, { cause });
    this.file = at.file;
    this.line = at.line;
    this.statement = at.statement;
  }
}
