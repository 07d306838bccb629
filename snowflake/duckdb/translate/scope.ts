import type { Paths } from "./paths.ts";

/** What names mean, beyond what DuckDB itself knows. */
export interface Scope {
  /** The database that names may begin with, in lower case. */
  database: string | undefined;
  /** The variables of the procedure, in lower case, and what each is called in DuckDB. */
  variables: ReadonlyMap<string, string>;
  /** Whether a variable may stand without its colon, as in `x := y + 1`. */
  bareVariables: boolean;
  /** SQL functions that were created, as `schema.name` in lower case. */
  functions: ReadonlySet<string>;
  /** What words stand for: the columns of a staged file, such as `$1`, or the arguments of a function. In upper case. */
  words: ReadonlyMap<string, string>;
  /** The paths of the query that is being translated; nothing outside of one. */
  paths: Paths | undefined;
}
