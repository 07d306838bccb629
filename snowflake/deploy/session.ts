/** A row of an answer: column names in upper case, as Snowflake gives them; every value as text. */
export type Row = Record<string, string | null>;

/** A value that takes the place of a `?`. */
export type Bind = string | number | boolean | null;

/** What the deployer needs of Snowflake: one session, in which one statement follows the other. */
export interface Session {
  /** Runs one statement and reads all of its rows. Throws a Refusal where Snowflake refuses it. */
  query(sql: string, binds?: readonly Bind[]): Promise<Row[]>;
  /** Ends the session. Never throws: a session that is left behind ends by itself after some hours. */
  close(): Promise<void>;
}

/** Snowflake's answer to what it does not do, such as `002003 (42S02): Object 'T' does not exist or not authorized.` */
export class Refusal extends Error {
  override name = "Refusal";
  /** As in `002003`; that of the driver where it got no answer. */
  readonly code: string;

  constructor(code: string, sqlState: string | undefined, message: string) {
    super(`${code}${sqlState ? ` (${sqlState})` : ""}: ${message}`);
    this.code = code;
  }
}
