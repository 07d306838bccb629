import { afterAll, beforeAll, expect, test } from "vitest";
import { openWarehouse, type Row, type Warehouse } from "../index.ts";

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse({ database: ":memory:", stage: "." });
  await warehouse.run(`
    CREATE DATABASE studio;
    CREATE SCHEMA core;
    CREATE TABLE core.events (id NUMBER(38,0), timestamp TIMESTAMP_NTZ(3), level VARCHAR, payload VARIANT);
    INSERT INTO core.events
      SELECT 1, '2026-11-21 10:00:00'::TIMESTAMP_NTZ, 'one', PARSE_JSON('{"a b": "x", "n": {"list": [1, "two"]}, "none": null}');
    CREATE TABLE core.rates (currency VARCHAR, valid_from TIMESTAMP_NTZ, usd NUMBER(38,12));
    INSERT INTO core.rates
      SELECT column1, column2::TIMESTAMP_NTZ, column3
      FROM (VALUES ('EUR', '2026-11-20', 1.1), ('EUR', '2026-11-21', 1.2)) AS v (column1, column2, column3);
  `);
});
afterAll(() => warehouse.close());

const query = (sql: string): Promise<Row[]> => warehouse.query(sql);

test("a path gives text without quotes, numbers, and nothing for JSON's null and for what is not there", async () => {
  expect(
    await query(`SELECT
      payload:"a b"::VARCHAR AS text, payload:n.list[1]::VARCHAR AS two, payload:n.list[0]::NUMBER(38,6) AS n,
      payload:none::VARCHAR AS none, payload:nowhere.at.all::VARCHAR AS nowhere, e.payload:n AS variant
      FROM core.events AS e`),
  ).toEqual([
    { text: "x", two: "two", n: "1.000000", none: null, nowhere: null, variant: { list: [1, "two"] } },
  ]);
});

test("a path is taken of its own query, also where one stands within another", async () => {
  expect(
    await query(`SELECT payload:n.list[0]::NUMBER AS a, payload:"a b"::VARCHAR AS b, (
        SELECT MAX(i.payload:n.list[1]::VARCHAR) FROM core.events AS i WHERE i.payload:"a b"::VARCHAR = 'x'
      ) AS c FROM core.events WHERE payload:"a b"::VARCHAR = 'x'`),
  ).toEqual([{ a: 1, b: "x", c: "two" }]);
});

test("a path without a cast is refused where its quotes would matter", async () => {
  await expect(query(`SELECT 1 FROM core.events WHERE payload:"a b" = 'x'`)).rejects.toThrow(
    "a path without a cast",
  );
  await expect(query("SELECT UPPER(payload:level) FROM core.events")).rejects.toThrow(
    "a path without a cast",
  );
});

test("FLATTEN gives the elements of arrays and objects, as text without quotes, and nothing for anything else", async () => {
  expect(
    await query(`SELECT f.index, f.key, f.value::VARCHAR AS value
      FROM core.events AS e, LATERAL FLATTEN(INPUT => e.payload:n.list) AS f ORDER BY f.index`),
  ).toEqual([
    { index: 0, key: null, value: "1" },
    { index: 1, key: null, value: "two" },
  ]);
  expect(
    await query(`SELECT f.index, f.key, f.value::VARCHAR AS value
      FROM core.events, LATERAL FLATTEN(input => payload) f WHERE f.key <> 'n' ORDER BY f.key`),
  ).toEqual([
    { index: null, key: "a b", value: "x" },
    { index: null, key: "none", value: null },
  ]);
  expect(
    await query("SELECT 1 FROM core.events AS e, LATERAL FLATTEN(INPUT => e.payload:nowhere) AS f"),
  ).toEqual([]);
});

test("division is never of whole numbers, has Snowflake's decimals, and fails by zero", async () => {
  expect(
    await query(`SELECT 1 / 3 AS third, 7 / 2 * 2 AS seven, -1 / 4 AS minus, 2::FLOAT / 3 AS float,
      1::NUMBER(38,6) / 3 AS twelve, (1 + 1) / (1 + 3) AS half`),
  ).toEqual([{ third: 0.333333, seven: 7, minus: -0.25, float: 2 / 3, twelve: 0.333333333333, half: 0.5 }]);
  await expect(query("SELECT n / (n - n) FROM (SELECT 1 AS n)")).rejects.toThrow("Division by zero");
});

test("ASOF JOIN takes the latest rate that was valid, and keeps rows that have none", async () => {
  expect(
    await query(`SELECT p.at::DATE AS day, r.usd
      FROM (VALUES ('2026-11-19'), ('2026-11-20'), ('2026-11-25')) AS v (day)
      JOIN LATERAL (SELECT v.day::TIMESTAMP_NTZ AS at, 'EUR' AS currency) AS p ON TRUE
      ASOF JOIN core.rates AS r MATCH_CONDITION (p.at >= r.valid_from) ON p.currency = r.currency
      WHERE p.at IS NOT NULL
      ORDER BY day`),
  ).toEqual([
    { day: "2026-11-19", usd: null },
    { day: "2026-11-20", usd: "1.100000000000" },
    { day: "2026-11-25", usd: "1.200000000000" },
  ]);
});

test("NULLs are the greatest in an order, as in Snowflake", async () => {
  const order = async (by: string) =>
    (await query(`SELECT n FROM (VALUES (1), (NULL), (2)) AS v (n) ORDER BY n ${by}`)).map(({ n }) => n);
  expect(await order("ASC")).toEqual([1, 2, null]);
  expect(await order("DESC")).toEqual([null, 2, 1]);
  expect(await order("DESC NULLS LAST")).toEqual([2, 1, null]);
});

test("columns may be called as keywords elsewhere are, and a name may begin with the database", async () => {
  expect(
    await query(`WITH picked (timestamp, level) AS (SELECT timestamp, e.level FROM studio.core.events AS e)
      SELECT timestamp, level AS value, level AS name FROM picked QUALIFY ROW_NUMBER() OVER (ORDER BY timestamp) = 1`),
  ).toEqual([{ timestamp: "2026-11-21 10:00:00.000", value: "one", name: "one" }]);
  expect(await query("SELECT * EXCLUDE (payload, timestamp) FROM core.events")).toEqual([
    { id: 1, level: "one" },
  ]);
});

test("a string is read with Snowflake's escapes", async () => {
  expect(await query(String.raw`SELECT 'it''s' AS a, 'it\'s' AS b, 'a\nb' AS c, '\\d' AS d`)).toEqual([
    { a: "it's", b: "it's", c: "a\nb", d: String.raw`\d` },
  ]);
  await expect(query(String.raw`SELECT '\u00e9'`)).rejects.toThrow("is not known");
});

test("values come as Snowflake shows them", async () => {
  expect(
    await query(`SELECT 12345678901234567890::NUMBER(38,0) AS big, 5::NUMBER AS whole, 4.99::NUMBER(38,6) AS money, TRUE AS yes,
      '2026-11-21'::DATE AS day, '2026-11-21 12:00:00.5'::TIMESTAMP_NTZ(3) AS at,
      '1969-12-31 23:59:59.9'::TIMESTAMP_NTZ AS before, '2026-11-21 12:00:00Z'::TIMESTAMP_LTZ AS local`),
  ).toEqual([
    {
      big: 12345678901234567890n,
      whole: 5,
      money: "4.990000",
      yes: true,
      day: "2026-11-21",
      at: "2026-11-21 12:00:00.500",
      before: "1969-12-31 23:59:59.900",
      local: "2026-11-21 12:00:00.000 +0000",
    },
  ]);
});

test.each([
  ["SELECT CURRENT_TIMESTAMP()", "CURRENT_TIMESTAMP"],
  ["SELECT CURRENT_DATE", "CURRENT_DATE"],
  ["SELECT 1 WHERE 'a' RLIKE 'b'", "RLIKE"],
  ["SELECT '2026-11-21'::TIMESTAMP", 'the type "TIMESTAMP"'],
  ["SELECT x::GEOGRAPHY FROM t", 'the type "GEOGRAPHY"'],
  ["SELECT :limit", 'the variable ":limit"'],
  ["SELECT core.unknown(1)", "the function core.unknown"],
  ["SELECT COUNT(DISTINCT a, b) FROM t", "COUNT with 2 arguments"],
  ["SELECT TO_CHAR(SYSDATE(), 'Q')", "the format 'Q'"],
  ["SELECT DATEADD(fortnight, 1, SYSDATE())", 'the unit "fortnight"'],
  ["SELECT $1 FROM t", "$1 outside of a pipe"],
  ["SELECT SUM(n) FILTER (WHERE n > 1) FROM t", "the function FILTER"],
  ["SELECT * FROM t, LATERAL FLATTEN(INPUT => t.a, OUTER => TRUE)", "FLATTEN with other arguments"],
])("%s is refused before DuckDB sees it", async (sql, what) => {
  await expect(query(sql)).rejects.toThrow(what);
});
