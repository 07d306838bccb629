/** What an object is told to do, and to whom: the real window, the flat set, a set of strings, or only to make the strings. */
export interface DedupStep {
  contender: "window" | "flat" | "strings" | "texts";
  /** The first id's number, how many follow, and how far apart. */
  from: number;
  count: number;
  stride: number;
  /** How much time passes with each id. */
  msPerId: number;
}

/** What came of it. Reads and writes are those of the step, sizes are those after it. */
export interface DedupAnswer {
  duplicates: number;
  bucketsRead: number;
  rowsWritten: number;
  filterBytes: number;
  storedBytes: number;
}
