import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWarehouse, type Value, type Warehouse } from "../index.ts";
import { FUNCTIONS } from "./functions.ts";

/**
 * What each function gives, by the examples and the rules of its page,
 * `https://docs.snowflake.com/en/sql-reference/functions/<page>`: the page is the function's name in lower case, or is named.
 */
interface Case {
  sql: string;
  expected: Value;
  page?: string;
}

/** Rows to aggregate over. */
const PLAYERS = `FROM VALUES ('a', 1, 10), ('a', 2, NULL), ('b', 4, 30), (NULL, 8, 30) AS t (team, n, gold)`;
const FORMATS = "../sql-format-models";

const CASES: Record<string, Case[]> = {
  // Aggregates
  COUNT: [
    { sql: `SELECT COUNT(*) ${PLAYERS}`, expected: 4 },
    { sql: `SELECT COUNT(gold) ${PLAYERS}`, expected: 3 },
    { sql: `SELECT COUNT(DISTINCT gold) ${PLAYERS}`, expected: 2 },
  ],
  SUM: [
    { sql: `SELECT SUM(gold) ${PLAYERS}`, expected: 70 },
    { sql: `SELECT SUM(gold) ${PLAYERS} WHERE FALSE`, expected: null },
  ],
  MIN: [{ sql: `SELECT MIN(gold) ${PLAYERS}`, expected: 10 }],
  MAX: [{ sql: `SELECT MAX(gold) ${PLAYERS}`, expected: 30 }],
  AVG: [{ sql: `SELECT AVG(n) ${PLAYERS}`, expected: 3.75 }],
  MEDIAN: [
    { sql: "SELECT MEDIAN(n) FROM VALUES (1), (2), (3) AS t (n)", expected: 2 },
    { sql: "SELECT MEDIAN(n) FROM VALUES (1), (2), (3), (4) AS t (n)", expected: 2.5 },
  ],
  COUNT_IF: [{ sql: `SELECT COUNT_IF(gold > 10) ${PLAYERS}`, expected: 2 }],
  BOOLOR_AGG: [{ sql: `SELECT BOOLOR_AGG(n = 4) ${PLAYERS}`, expected: true }],
  BOOLAND_AGG: [{ sql: `SELECT BOOLAND_AGG(n = 4) ${PLAYERS}`, expected: false }],
  ANY_VALUE: [{ sql: "SELECT ANY_VALUE(n) FROM VALUES (7), (7) AS t (n)", expected: 7 }],
  MIN_BY: [{ sql: `SELECT MIN_BY(team, n) ${PLAYERS}`, expected: "a" }],
  MAX_BY: [{ sql: `SELECT MAX_BY(team, n) ${PLAYERS}`, expected: null }],
  STDDEV: [{ sql: "SELECT STDDEV(n) FROM VALUES (2), (4), (6) AS t (n)", expected: 2 }],
  APPROX_COUNT_DISTINCT: [{ sql: `SELECT APPROX_COUNT_DISTINCT(gold) ${PLAYERS}`, expected: 2 }],
  LISTAGG: [
    { sql: `SELECT LISTAGG(team, ' | ') WITHIN GROUP (ORDER BY n DESC) ${PLAYERS}`, expected: "b | a | a" },
    { sql: `SELECT LISTAGG(DISTINCT team, '') WITHIN GROUP (ORDER BY team) ${PLAYERS}`, expected: "ab" },
    { sql: `SELECT LISTAGG(team, ',') ${PLAYERS} WHERE FALSE`, expected: "" },
  ],
  ARRAY_AGG: [
    { sql: `SELECT ARRAY_AGG(gold) WITHIN GROUP (ORDER BY n) ${PLAYERS}`, expected: [10, 30, 30] },
    { sql: `SELECT ARRAY_AGG(gold) ${PLAYERS} WHERE FALSE`, expected: [] },
  ],
  PERCENTILE_CONT: [
    { sql: `SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY n) ${PLAYERS}`, expected: 1.75 },
  ],

  // Windows
  ROW_NUMBER: [{ sql: over("ROW_NUMBER() OVER (PARTITION BY team ORDER BY n DESC)"), expected: "2,1,1,1" }],
  RANK: [{ sql: over("RANK() OVER (ORDER BY gold DESC)"), expected: "4,1,2,2" }],
  DENSE_RANK: [{ sql: over("DENSE_RANK() OVER (ORDER BY gold)"), expected: "1,3,2,2" }],
  NTILE: [{ sql: over("NTILE(2) OVER (ORDER BY n)"), expected: "1,1,2,2" }],
  LAG: [
    { sql: over("LAG(n, 1, 0) OVER (ORDER BY n)"), expected: "0,1,2,4" },
    { sql: over("LAG(gold) IGNORE NULLS OVER (ORDER BY n)"), expected: "NULL,10,10,30" },
  ],
  LEAD: [{ sql: over("LEAD(n) OVER (ORDER BY n)"), expected: "2,4,8,NULL" }],
  FIRST_VALUE: [{ sql: over("FIRST_VALUE(n) OVER (ORDER BY n DESC)"), expected: "8,8,8,8" }],
  // Without a frame: the whole partition. In DuckDB alone it would be 1,2,4,8.
  LAST_VALUE: [
    { sql: over("LAST_VALUE(n) OVER (ORDER BY n)"), expected: "8,8,8,8" },
    {
      sql: over("LAST_VALUE(n) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"),
      expected: "1,2,4,8",
    },
  ],
  RATIO_TO_REPORT: [
    { sql: over("RATIO_TO_REPORT(n) OVER (PARTITION BY n > 1)"), expected: "1,0.14,0.29,0.57" },
  ],

  // Choice
  IFF: [{ sql: "SELECT IFF(NULL, 'yes', 'no')", expected: "no" }],
  NVL: [{ sql: "SELECT NVL(NULL, 'b')", expected: "b" }],
  IFNULL: [{ sql: "SELECT IFNULL('food', 'bard')", expected: "food" }],
  COALESCE: [{ sql: "SELECT COALESCE(NULL, NULL, 3, 4)", expected: 3 }],
  NVL2: [
    { sql: "SELECT NVL2(1, 'set', 'not')", expected: "set" },
    { sql: "SELECT NVL2(NULL, 'set', 'not')", expected: "not" },
  ],
  NULLIF: [{ sql: "SELECT NULLIF(0, 0)", expected: null }],
  ZEROIFNULL: [{ sql: "SELECT ZEROIFNULL(NULL)", expected: 0 }],
  NULLIFZERO: [{ sql: "SELECT NULLIFZERO(0)", expected: null }],
  EQUAL_NULL: [{ sql: "SELECT EQUAL_NULL(NULL, NULL)", expected: true }],
  DECODE: [
    { sql: "SELECT DECODE(NULL, 1, 'one', NULL, '-NULL-', 'other')", expected: "-NULL-" },
    { sql: "SELECT DECODE(9, 1, 'one', 2, 'two')", expected: null },
  ],
  GREATEST: [
    { sql: "SELECT GREATEST(1, 3, 2)", expected: 3 },
    { sql: "SELECT GREATEST(1, NULL, 2)", expected: null },
  ],
  LEAST: [
    { sql: "SELECT LEAST(1, 3, 2)", expected: 1 },
    { sql: "SELECT LEAST(1, NULL, 2)", expected: null },
  ],
  GREATEST_IGNORE_NULLS: [{ sql: "SELECT GREATEST_IGNORE_NULLS(2, 4, -1, NULL)", expected: 4 }],
  LEAST_IGNORE_NULLS: [{ sql: "SELECT LEAST_IGNORE_NULLS(2, 4, -1, NULL)", expected: -1 }],

  // Numbers
  DIV0: [
    { sql: "SELECT DIV0(1, 2)", expected: 0.5 },
    { sql: "SELECT DIV0(1, 0)", expected: 0 },
    { sql: "SELECT DIV0(1, NULL)", expected: null },
  ],
  DIV0NULL: [{ sql: "SELECT DIV0NULL(1, NULL)", expected: 0 }],
  ROUND: [
    { sql: "SELECT ROUND(135.135::FLOAT)", expected: 135 },
    { sql: "SELECT ROUND(-2.5::FLOAT)", expected: -3 },
    { sql: "SELECT ROUND(1.005::NUMBER(10,3), 2)", expected: "1.01" },
  ],
  TRUNC: [{ sql: "SELECT TRUNC(-975.975::FLOAT, 2)", expected: -975.97 }],
  ABS: [{ sql: "SELECT ABS(-15)", expected: 15 }],
  FLOOR: [{ sql: "SELECT FLOOR(-975.975::FLOAT)", expected: -976 }],
  CEIL: [{ sql: "SELECT CEIL(-975.975::FLOAT)", expected: -975 }],
  SIGN: [{ sql: "SELECT SIGN(-1.35e-10)", expected: -1 }],
  SQRT: [{ sql: "SELECT SQRT(4)", expected: 2 }],
  POWER: [{ sql: "SELECT POWER(2, 3)", expected: 8, page: "pow" }],
  EXP: [{ sql: "SELECT EXP(0)", expected: 1 }],
  LN: [{ sql: "SELECT LN(100)", expected: 4.605170185988092 }],
  LOG: [{ sql: "SELECT LOG(2, 8)", expected: 3 }],
  MOD: [{ sql: "SELECT MOD(4.5::NUMBER(3,1), 1.2::NUMBER(3,1))", expected: "0.9" }],
  TO_DOUBLE: [{ sql: "SELECT TO_DOUBLE('1.1')", expected: 1.1 }],
  TRY_TO_DECIMAL: [
    { sql: "SELECT TRY_TO_DECIMAL('345.123')", expected: 345 },
    { sql: "SELECT TRY_TO_DECIMAL('345.123', 10, 2)", expected: "345.12" },
    { sql: "SELECT TRY_TO_DECIMAL('345.123', 4, 2)", expected: null },
    { sql: "SELECT TRY_TO_DECIMAL('1_000', 10, 2)", expected: null },
    { sql: "SELECT TRY_TO_DECIMAL('', 10, 2)", expected: null },
  ],
  TRY_TO_NUMBER: [
    { sql: "SELECT TRY_TO_NUMBER('ae5', 'XXX')", expected: 2789, page: FORMATS },
    { sql: "SELECT TRY_TO_NUMBER('fffffffffffff', 'XXXXXXXXXXXX')", expected: null, page: FORMATS },
    { sql: "SELECT TRY_TO_NUMBER('no', 'XXX')", expected: null, page: FORMATS },
  ],
  TRY_TO_NUMERIC: [{ sql: "SELECT TRY_TO_NUMERIC('12', 2, 0)", expected: 12, page: "try_to_decimal" }],
  TRY_TO_DOUBLE: [
    { sql: "SELECT TRY_TO_DOUBLE('12.5')", expected: 12.5 },
    { sql: "SELECT TRY_TO_DOUBLE('trash')", expected: null },
    { sql: "SELECT TRY_TO_DOUBLE('0x1F')", expected: null },
  ],
  TRY_TO_BOOLEAN: [
    { sql: "SELECT TRY_TO_BOOLEAN('True')", expected: true },
    { sql: "SELECT TRY_TO_BOOLEAN('off')", expected: false },
    { sql: "SELECT TRY_TO_BOOLEAN('xyz')", expected: null },
  ],

  // Time
  SYSDATE: [{ sql: "SELECT SYSDATE()", expected: "2026-11-21 12:00:00.123" }],
  DATEDIFF: [
    { sql: "SELECT DATEDIFF(year, '2010-04-09 14:39:20', '2013-05-08 23:39:20')", expected: 3 },
    { sql: "SELECT DATEDIFF('hour', '2013-05-08 23:39:20', '2013-05-09 00:01:00')", expected: 1 },
    { sql: "SELECT DATEDIFF(day, '2026-11-21'::DATE, '2026-11-20 23:00:00'::TIMESTAMP_NTZ)", expected: -1 },
    { sql: "SELECT DATEDIFF(week, '2026-11-15'::DATE, '2026-11-16'::DATE)", expected: 1 },
  ],
  TIMESTAMPDIFF: [{ sql: "SELECT TIMESTAMPDIFF(month, '2026-01-31', '2026-02-01')", expected: 1 }],
  DATEADD: [
    { sql: "SELECT DATEADD(month, 1, '2023-01-31'::DATE)", expected: "2023-02-28" },
    { sql: "SELECT DATEADD(hour, 2, '2013-05-08'::DATE)", expected: "2013-05-08 02:00:00.000" },
    { sql: "SELECT DATEADD(day, -1, '2026-03-01 10:00:00')", expected: "2026-02-28 10:00:00.000" },
  ],
  TIMESTAMPADD: [{ sql: "SELECT TIMESTAMPADD(year, 2, '2016-02-29'::DATE)", expected: "2018-02-28" }],
  DATE_TRUNC: [
    { sql: "SELECT DATE_TRUNC('week', '2015-05-08'::DATE)", expected: "2015-05-04" },
    {
      sql: "SELECT DATE_TRUNC(hour, '2015-05-08 23:39:20'::TIMESTAMP_NTZ)",
      expected: "2015-05-08 23:00:00.000",
    },
  ],
  DATE_PART: [{ sql: "SELECT DATE_PART(quarter, '2024-04-08'::DATE)", expected: 2 }],
  YEAR: [{ sql: "SELECT YEAR('2024-04-08'::DATE)", expected: 2024 }],
  QUARTER: [{ sql: "SELECT QUARTER('2024-04-08'::DATE)", expected: 2, page: "year" }],
  MONTH: [{ sql: "SELECT MONTH('2024-04-08'::DATE)", expected: 4, page: "year" }],
  DAY: [{ sql: "SELECT DAY('2024-04-08'::DATE)", expected: 8, page: "year" }],
  HOUR: [
    { sql: "SELECT HOUR('2024-04-08 23:39:20'::TIMESTAMP_NTZ)", expected: 23, page: "hour-minute-second" },
  ],
  MINUTE: [
    { sql: "SELECT MINUTE('2024-04-08 23:39:20'::TIMESTAMP_NTZ)", expected: 39, page: "hour-minute-second" },
  ],
  SECOND: [
    { sql: "SELECT SECOND('2024-04-08 23:39:20'::TIMESTAMP_NTZ)", expected: 20, page: "hour-minute-second" },
  ],
  DAYOFWEEKISO: [{ sql: "SELECT DAYOFWEEKISO('2026-11-22'::DATE)", expected: 7, page: "year" }],
  DAYOFYEAR: [{ sql: "SELECT DAYOFYEAR('2024-02-01'::DATE)", expected: 32, page: "year" }],
  LAST_DAY: [{ sql: "SELECT LAST_DAY('2015-05-08'::DATE)", expected: "2015-05-31" }],
  CONVERT_TIMEZONE: [
    {
      sql: "SELECT CONVERT_TIMEZONE('America/Los_Angeles', 'America/New_York', '2024-01-01 14:00:00'::TIMESTAMP_NTZ)",
      expected: "2024-01-01 17:00:00.000",
    },
    {
      sql: "SELECT CONVERT_TIMEZONE('UTC', '2026-11-21 14:00:00+02:00'::TIMESTAMP_LTZ)::TIMESTAMP_NTZ",
      expected: "2026-11-21 12:00:00.000",
    },
  ],
  TO_DATE: [{ sql: "SELECT TO_DATE('2024-05-10')", expected: "2024-05-10" }],
  TRY_TO_DATE: [{ sql: "SELECT TRY_TO_DATE('Invalid')", expected: null }],
  TO_TIMESTAMP_NTZ: [
    {
      sql: "SELECT TO_TIMESTAMP_NTZ('2024-05-10 01:02:03')",
      expected: "2024-05-10 01:02:03.000",
      page: "to_timestamp",
    },
    {
      sql: "SELECT TO_TIMESTAMP_NTZ(40 * 365.25 * 86400, 0)",
      expected: "2010-01-01 00:00:00.000",
      page: "to_timestamp",
    },
    { sql: "SELECT TO_TIMESTAMP_NTZ(1500, 3)", expected: "1970-01-01 00:00:01.500", page: "to_timestamp" },
  ],
  TRY_TO_TIMESTAMP_NTZ: [
    { sql: "SELECT TRY_TO_TIMESTAMP_NTZ('Invalid')", expected: null, page: "try_to_timestamp" },
    { sql: "SELECT TRY_TO_TIMESTAMP_NTZ('2026-02-30T00:00:00Z')", expected: null, page: "try_to_timestamp" },
    // The wall clock is kept, the offset is not (https://docs.snowflake.com/en/sql-reference/data-types-datetime).
    {
      sql: "SELECT TRY_TO_TIMESTAMP_NTZ('2018-09-15T12:30:00.123+02:00')",
      expected: "2018-09-15 12:30:00.123",
      page: "try_to_timestamp",
    },
  ],
  TO_TIMESTAMP_LTZ: [
    {
      sql: "SELECT TO_TIMESTAMP_LTZ('2026-11-21 14:00:00+02:00')",
      expected: "2026-11-21 12:00:00.000 +0000",
      page: "to_timestamp",
    },
  ],
  TO_CHAR: [
    {
      sql: "SELECT TO_CHAR('2013-04-05 01:02:03'::TIMESTAMP_NTZ, 'MM/DD/YYYY, HH24:MI')",
      expected: "04/05/2013, 01:02",
    },
    { sql: "SELECT TO_CHAR('2013-04-05 01:02:03'::TIMESTAMP_NTZ)", expected: "2013-04-05 01:02:03.000" },
    { sql: "SELECT TO_CHAR(1.0::FLOAT)", expected: "1" },
  ],
  TO_VARCHAR: [
    { sql: "SELECT TO_VARCHAR('2013-04-05'::DATE, 'DD-MON-YYYY')", expected: "05-Apr-2013", page: "to_char" },
  ],

  // Text
  UPPER: [{ sql: "SELECT UPPER('äbc')", expected: "ÄBC" }],
  LOWER: [{ sql: "SELECT LOWER('AbC')", expected: "abc" }],
  LEFT: [{ sql: "SELECT LEFT('ABCDEF', 3)", expected: "ABC" }],
  RIGHT: [{ sql: "SELECT RIGHT('ABCDEFG', 3)", expected: "EFG" }],
  SUBSTR: [{ sql: "SELECT SUBSTR('testing 1 2 3', 9::NUMBER(38,0), 5)", expected: "1 2 3" }],
  SUBSTRING: [{ sql: "SELECT SUBSTRING('abc', -1)", expected: "c", page: "substr" }],
  LENGTH: [{ sql: "SELECT LENGTH('Joyeux Noël')", expected: 11 }],
  LPAD: [
    { sql: "SELECT LPAD('123', 6, '0')", expected: "000123" },
    { sql: "SELECT LPAD('123', 2)", expected: "12" },
  ],
  RPAD: [{ sql: "SELECT RPAD('123', 5)", expected: "123  " }],
  REPLACE: [{ sql: "SELECT REPLACE('snowball', 'ball')", expected: "snow" }],
  REPEAT: [{ sql: "SELECT REPEAT('xy', 5)", expected: "xyxyxyxyxy" }],
  SPLIT_PART: [
    { sql: "SELECT SPLIT_PART('11.22.33', '.', 0)", expected: "11" },
    { sql: "SELECT SPLIT_PART('11.22.33', '.', -1)", expected: "33" },
    { sql: "SELECT SPLIT_PART('11.22.33', '.', 9)", expected: "" },
  ],
  CONCAT: [
    { sql: "SELECT CONCAT('a', 1, 'c')", expected: "a1c" },
    { sql: "SELECT CONCAT('a', NULL, 'c')", expected: null },
  ],
  CONCAT_WS: [
    { sql: "SELECT CONCAT_WS(',', 'one', 'two', 'three')", expected: "one,two,three" },
    { sql: "SELECT CONCAT_WS(',', 'one', NULL, 'three')", expected: null },
  ],
  TRIM: [{ sql: "SELECT TRIM('*-*ABC-*-', '*-')", expected: "ABC" }],
  LTRIM: [{ sql: "SELECT LTRIM('#000000123', '0#')", expected: "123" }],
  RTRIM: [{ sql: "SELECT RTRIM('$125.00', '0.')", expected: "$125" }],
  STARTSWITH: [{ sql: "SELECT STARTSWITH('ice tea', 'ice')", expected: true }],
  ENDSWITH: [{ sql: "SELECT ENDSWITH('ice tea', 'ice')", expected: false }],
  CONTAINS: [{ sql: "SELECT CONTAINS('ice tea', 'te')", expected: true }],
  POSITION: [{ sql: "SELECT POSITION('an', 'banana')", expected: 2 }],
  REGEXP_LIKE: [
    { sql: "SELECT REGEXP_LIKE('Sacramento', 'SAN.*', 'i')", expected: false },
    { sql: "SELECT REGEXP_LIKE('San Francisco', 'SAN.*', 'i')", expected: true },
    // Anchored at both ends.
    { sql: "SELECT REGEXP_LIKE('San Francisco', 'San')", expected: false },
  ],
  REGEXP_SUBSTR: [
    { sql: String.raw`SELECT REGEXP_SUBSTR('It was the best of times', '\\w+')`, expected: "It" },
    { sql: String.raw`SELECT REGEXP_SUBSTR('the best', 'the (\\w+)', 1, 1, 'e')`, expected: "best" },
    { sql: "SELECT REGEXP_SUBSTR('abc', 'x')", expected: null },
  ],
  REGEXP_REPLACE: [{ sql: "SELECT REGEXP_REPLACE('Customers - (NY)', '[()]')", expected: "Customers - NY" }],
  SHA2: [
    {
      sql: "SELECT SHA2('abc')",
      expected: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    },
  ],
  MD5: [{ sql: "SELECT MD5('Snowflake')", expected: "edf1439075a83a447fb8b630ddc9c8de" }],
  UUID_STRING: [
    { sql: "SELECT REGEXP_LIKE(UUID_STRING(), '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')", expected: true },
  ],

  // VARIANT
  PARSE_JSON: [
    { sql: `SELECT PARSE_JSON('{"a": [1, null]}')`, expected: { a: [1, null] } },
    { sql: "SELECT PARSE_JSON('')", expected: null },
  ],
  TRY_PARSE_JSON: [{ sql: "SELECT TRY_PARSE_JSON('{bad')", expected: null }],
  TO_JSON: [{ sql: `SELECT TO_JSON(PARSE_JSON('{"a": 1}'))`, expected: '{"a":1}' }],
  TO_VARIANT: [{ sql: "SELECT TO_VARIANT('x')::VARCHAR", expected: "x" }],
  TYPEOF: [
    { sql: "SELECT TYPEOF(PARSE_JSON('1'))", expected: "INTEGER" },
    { sql: "SELECT TYPEOF(PARSE_JSON('1.912'))", expected: "DECIMAL" },
    { sql: "SELECT TYPEOF(PARSE_JSON('null'))", expected: "NULL_VALUE" },
    { sql: `SELECT TYPEOF(PARSE_JSON('{"a": "b"}'):a)`, expected: "VARCHAR" },
    { sql: "SELECT TYPEOF(PARSE_JSON('true'))", expected: "BOOLEAN" },
    { sql: "SELECT TYPEOF(PARSE_JSON('[1]'))", expected: "ARRAY" },
    { sql: "SELECT TYPEOF(PARSE_JSON('{}'))", expected: "OBJECT" },
  ],
  IS_NULL_VALUE: [
    { sql: `SELECT IS_NULL_VALUE(PARSE_JSON('{"a": null}'):a)`, expected: true },
    { sql: `SELECT IS_NULL_VALUE(PARSE_JSON('{"a": null}'):b)`, expected: null },
  ],
  IS_OBJECT: [{ sql: "SELECT IS_OBJECT(PARSE_JSON('[1]'))", expected: false }],
  IS_ARRAY: [{ sql: "SELECT IS_ARRAY(PARSE_JSON('[1]'))", expected: true }],
  AS_OBJECT: [
    { sql: `SELECT AS_OBJECT(PARSE_JSON('{"a": 1}'))`, expected: { a: 1 } },
    { sql: "SELECT AS_OBJECT(PARSE_JSON('[1]'))", expected: null },
  ],
  AS_ARRAY: [{ sql: "SELECT AS_ARRAY(PARSE_JSON('7'))", expected: null }],
  GET: [
    { sql: `SELECT GET(PARSE_JSON('{"a b": 1}'), 'a b')`, expected: 1 },
    { sql: "SELECT GET(PARSE_JSON('[5, 6]'), 1)", expected: 6 },
  ],
  OBJECT_CONSTRUCT: [
    { sql: "SELECT OBJECT_CONSTRUCT('a', 1, 'b', 'BBBB', 'c', NULL)", expected: { a: 1, b: "BBBB" } },
    {
      sql: "SELECT OBJECT_CONSTRUCT('one', PARSE_JSON('null'), 'two', NULL, 'three', 'null')",
      expected: { one: null, three: "null" },
    },
    { sql: "SELECT OBJECT_CONSTRUCT()", expected: {} },
  ],
  OBJECT_CONSTRUCT_KEEP_NULL: [
    {
      sql: "SELECT OBJECT_CONSTRUCT_KEEP_NULL('key_1', 'one', 'key_2', NULL)",
      expected: { key_1: "one", key_2: null },
    },
  ],
  OBJECT_DELETE: [
    { sql: "SELECT OBJECT_DELETE(OBJECT_CONSTRUCT('a', 1, 'b', 2, 'c', 3), 'a', 'b')", expected: { c: 3 } },
    { sql: `SELECT OBJECT_DELETE(PARSE_JSON('{"a": 1, "b": null}'), 'a')`, expected: { b: null } },
    {
      sql: "SELECT NULLIF(OBJECT_DELETE(OBJECT_CONSTRUCT('a', 1), 'a'), OBJECT_CONSTRUCT())",
      expected: null,
    },
    { sql: "SELECT OBJECT_DELETE(PARSE_JSON(NULL), 'a')", expected: null },
  ],
  OBJECT_KEYS: [{ sql: "SELECT OBJECT_KEYS(OBJECT_CONSTRUCT('a', 1, 'b', 2))", expected: ["a", "b"] }],
  ARRAY_CONSTRUCT: [{ sql: "SELECT ARRAY_CONSTRUCT(10, 'x', 30)", expected: [10, "x", 30] }],
  ARRAY_GENERATE_RANGE: [{ sql: "SELECT ARRAY_GENERATE_RANGE(2, 5)", expected: [2, 3, 4] }],
  ARRAY_SIZE: [
    { sql: "SELECT ARRAY_SIZE(ARRAY_CONSTRUCT(1, 2, 3))", expected: 3 },
    { sql: "SELECT ARRAY_SIZE(PARSE_JSON('{}'))", expected: null },
  ],
};

/** The values of a window function, by n, in one string. */
function over(window: string): string {
  return `SELECT LISTAGG(COALESCE(IFF(w::FLOAT < 1, ROUND(w::FLOAT, 2)::VARCHAR, w::VARCHAR), 'NULL'), ',') WITHIN GROUP (ORDER BY n)
    FROM (SELECT n, ${window} AS w ${PLAYERS})`;
}

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse({
    database: ":memory:",
    stage: ".",
    now: new Date("2026-11-21T12:00:00.123Z"),
  });
});
afterAll(() => warehouse.close());

describe("a function gives what Snowflake's documentation says", () => {
  for (const [name, cases] of Object.entries(CASES))
    for (const { sql, expected, page = name.toLowerCase() } of cases)
      test(`${sql} (${page})`, async () => {
        const [row] = await warehouse.query(sql);
        expect(Object.values(row ?? {})).toEqual([expected]);
      });
});

test("every function that may be used has such a case", () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(FUNCTIONS).sort());
});

test("a function that is not listed is refused, though DuckDB has one of that name", async () => {
  await expect(warehouse.query("SELECT reverse('abc')")).rejects.toThrow(
    "does not know the function REVERSE",
  );
});
