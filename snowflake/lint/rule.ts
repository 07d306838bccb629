import type { Catalog } from "./catalog.ts";
import type { Facts } from "./queries.ts";
import type { Unit } from "./units.ts";

/** Something that Snowflake would refuse, or that this project does not want. */
export interface Finding {
  /** Such as `20_core.sql`. */
  file: string;
  /** From 1. */
  line: number;
  /** The how-manieth statement of its file, from 1. */
  statement: number;
  rule: string;
  /** What is wrong, and what to do. */
  message: string;
}

/** What a rule says of a unit: at the unit's first line unless it names another. */
export interface Message {
  message: string;
  line?: number;
}

/** What a rule may look at besides the unit. */
export interface Context {
  /** What the statements before have made. */
  catalog: Catalog;
  /** What the unit's query reads and calls; undefined: it is no query, or cannot be parsed. */
  facts?: Facts;
}

export interface Rule {
  name: string;
  check(unit: Unit, context: Context): Message[];
}
