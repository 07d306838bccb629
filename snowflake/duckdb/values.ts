import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * A value of a row. NUMBER without decimals is a number, or a bigint where a number would not be exact; with decimals a string with
 * all of them ("4.990000"). DATE and TIMESTAMP are strings as Snowflake writes them. VARIANT is its parsed JSON.
 */
export type Value = Json | bigint;

/** Column names in lower case. */
export type Row = Record<string, Value>;

/** A value of DuckDB as a value of a row. Throws a TypeError on a type that no Snowflake type is kept as. */
export function toValue(value: DuckDBValue, type: DuckDBType): Value {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "string") return type.alias === "JSON" ? JSON.parse(value) : value;
  if (typeof value === "bigint") return toInteger(value);
  if (value instanceof DuckDBDecimalValue)
    return value.scale === 0 ? toInteger(value.value) : value.toString();
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampValue) return toTime(value.micros);
  if (value instanceof DuckDBTimestampTZValue) return `${toTime(value.micros)} +0000`;
  throw new TypeError(`a value of the type ${type} has no counterpart in Snowflake`);
}

function toInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** As TIMESTAMP_NTZ_OUTPUT_FORMAT has it by default, with milliseconds; with microseconds where there are some. */
function toTime(micros: bigint): string {
  const millis = micros >= 0n ? micros / 1000n : (micros - 999n) / 1000n;
  const rest = micros - millis * 1000n;
  const text = new Date(Number(millis)).toISOString().replace("T", " ").slice(0, -1);
  return rest === 0n ? text : text + String(rest).padStart(3, "0");
}
