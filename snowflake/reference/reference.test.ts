import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { referenceText } from "./markdown.ts";
import { relationsOf } from "./relations.ts";

const PAGE = join(import.meta.dirname, "..", "..", "docs", "warehouse.md");

it("docs/warehouse.md tells what the SQL tells: `npm run snowflake:reference` writes it", () => {
  expect(readFileSync(PAGE, "utf8")).toBe(referenceText());
});

it("reads the columns of tables and views, and leaves all else", () => {
  const sql = `
    USE ROLE x;
    CREATE OR ALTER TRANSIENT TABLE core.t (
      a NUMBER(38,6) NOT NULL COMMENT 'what''s paid, in EUR',
      b VARCHAR,
      CONSTRAINT t_key PRIMARY KEY (a)
    ) COMMENT = 'One row per t';
    CREATE OR REPLACE VIEW marts.v (a COMMENT 'the a') COPY GRANTS COMMENT = 'One row per a' AS
      SELECT a FROM core.t;
    CREATE STREAM IF NOT EXISTS raw.s ON TABLE core.t APPEND_ONLY = TRUE COMMENT = 'no relation';`;
  expect(relationsOf(sql)).toEqual([
    {
      kind: "table",
      name: "core.t",
      comment: "One row per t",
      columns: [
        { name: "a", type: "NUMBER(38,6)", comment: "what's paid, in EUR" },
        { name: "b", type: "VARCHAR", comment: "" },
      ],
    },
    { kind: "view", name: "marts.v", comment: "One row per a", columns: [{ name: "a", comment: "the a" }] },
  ]);
});
