import { expect, it } from "vitest";
import { requireQuestion } from "./question.ts";

it.each([
  "select 1",
  "SELECT 'delete; drop table x' AS note, \"update\" FROM t; -- and no more",
  "with days as (select 1 as day) select day from days",
  "(select 1) union all (select 2)",
])("takes a query: %s", (sql) => {
  expect(() => requireQuestion(sql)).not.toThrow();
});

it.each([
  ["update core.events set user_id = 'x'", "update"],
  ["with x as (select 1 as a) Delete from core.events", "Delete"],
  ["drop table core.events", "drop"],
  ["call load.load_batch()", "call"],
  ["set threads = 1", "set"],
])("refuses what is more than a question: %s", (sql, word) => {
  expect(() => requireQuestion(sql)).toThrow(
    `only queries are answered, SELECT … or WITH …; this one has ${word}`,
  );
});

it("takes one query at a time", () => {
  expect(() => requireQuestion("select 1; select 2")).toThrow("one query is wanted; this is 2");
  expect(() => requireQuestion(" ; -- nothing")).toThrow("one query is wanted; this is none");
});
