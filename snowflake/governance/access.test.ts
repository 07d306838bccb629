import { describe, expect, test } from "vitest";
import { creationOf } from "../lint/create.ts";
import { nameAt, wordsAt } from "../lint/tokens.ts";
import {
  allStatements,
  grantsOf,
  inheritanceOf,
  procedureOf,
  rowPoliciesOf,
  tablesOf,
  tagsOf,
} from "./access.ts";

const statements = allStatements();
const tables = tablesOf(statements);
const grants = grantsOf(statements);

/** What a column of this name holds, wherever it stands. */
const PERSONAL: Readonly<Record<string, string>> = {
  user_id: "id",
  session_id: "id",
  transaction_id: "id",
  payload: "content",
  properties: "content",
  raw: "content",
  unknown_fields: "content",
};

const grantsTo = (role: string) =>
  grants
    .filter(({ to }) => to === role)
    .map(({ privileges, on }) => `${privileges.join(", ")} on ${on}`)
    .sort();

describe("personal data", () => {
  test("every column that names a player or holds what was sent is tagged, and no other", () => {
    const personal = [...tables].flatMap(([table, columns]) =>
      columns.flatMap((column) => (PERSONAL[column] ? [[`${table}.${column}`, PERSONAL[column]]] : [])),
    );
    expect(personal.length).toBeGreaterThan(15);
    expect(Object.fromEntries(tagsOf(statements))).toEqual(Object.fromEntries(personal));
  });

  test("no mart looks into an object of which its readers see the names alone", () => {
    const views = statements.filter(({ text }) => text.startsWith("CREATE OR REPLACE VIEW marts."));
    expect(views.length).toBeGreaterThan(20);
    expect(views.filter(({ text }) => /\b(properties|unknown_fields)\b\s*[:[]/.test(text))).toEqual([]);
  });

  test("the tag masks both types of its columns", () => {
    const set = statements.filter(({ tokens }) => wordsAt(tokens, 0, "ALTER TAG"));
    expect(set.map(({ text }) => text.replace(/\s+/g, " "))).toEqual([
      "ALTER TAG governance.personal SET MASKING POLICY governance.mask_text, MASKING POLICY governance.mask_json FORCE",
    ]);
  });

  test("a player is erased from every table that knows one", () => {
    const known = [...tables]
      .filter(([, columns]) => columns.includes("user_id") || columns.includes("payload"))
      .map(([table]) => table);
    const deletes = procedureOf(statements, "load.load_batch").filter(({ tokens }) =>
      wordsAt(tokens, 0, "DELETE FROM"),
    );
    const erased = deletes.filter(({ text }) => text.includes("load.erasing"));
    const emptied = deletes.filter(({ text }) => text === "DELETE FROM load.batch");
    const reached = new Set(
      [...erased, ...emptied].map(({ tokens }) => nameAt(tokens, 2).parts.join(".").toLowerCase()),
    );
    expect([...reached].sort()).toEqual(known.sort());
  });

  test("nobody is granted a salt", () => {
    expect(grants.filter(({ on }) => on.includes("salt"))).toEqual([]);
  });
});

describe("rows by game", () => {
  test("every core table with a game shows only the games of the reader's roles", () => {
    const withGame = [...tables]
      .filter(([table, columns]) => table.startsWith("core.") && columns.includes("game_id"))
      .map(([table]) => [table, "game_id"]);
    expect(withGame.length).toBeGreaterThan(4);
    expect(Object.fromEntries(rowPoliciesOf(statements))).toEqual(Object.fromEntries(withGame));
  });

  test("no policy and no tag is ever replaced, dropped or taken off", () => {
    const risky = statements.filter(({ text }) =>
      /OR REPLACE\s+(\w+\s+)*(POLICY|TAG)\b|\bDROP\b|UNSET\s+(TAG|MASKING)/i.test(text),
    );
    expect(risky.map(({ text }) => text)).toEqual([]);
  });
});

describe("grants", () => {
  test("go to roles that the files make", () => {
    const made = statements.flatMap(({ tokens }) => {
      const creation = creationOf(tokens);
      return creation?.type === "ROLE"
        ? [creation.name.join(".").replace("PLAYTRAIL_", "").toLowerCase()]
        : [];
    });
    expect(made).toEqual(["owner", "loader", "transformer", "analyst", "privacy"]);
    expect([...new Set(grants.map(({ to }) => to))].filter((role) => !made.includes(role))).toEqual([]);
  });

  test("let an analyst read marts, quality and core, and nothing else", () => {
    expect(grantsTo("analyst")).toEqual([
      "select on all views in schema marts",
      "select on all views in schema quality",
      "select on future views in schema marts",
      "select on future views in schema quality",
      "select on table core.dim_sessions",
      "select on table core.dim_users",
      "select on table core.events",
      "select on table core.exchange_rates",
      "select on table core.fact_purchases",
      "select on table core.rejected_events",
      "usage on database playtrail",
      "usage on schema core",
      "usage on schema marts",
      "usage on schema quality",
      "usage on warehouse query_wh",
    ]);
  });

  test("let the privacy officer see erasures, and say who sees which game", () => {
    expect(grantsTo("privacy")).toEqual([
      "select on table core.erasure_requests",
      "select, insert, update, delete on table governance.game_access",
      "usage on schema governance",
    ]);
  });

  test("let the loader write raw alone", () => {
    expect(grantsTo("loader")).toEqual([
      "usage on database playtrail",
      "usage on integration s3",
      "usage on warehouse load_wh",
      "usage, create table, create stream, create stage, create file format, create pipe on schema raw",
    ]);
  });

  test("let nobody change or delete the proof of an erasure", () => {
    const onProofs = grants.filter(({ on }) => on === "table core.erasure_requests");
    expect(onProofs.map(({ to, privileges }) => ({ to, privileges }))).toEqual([
      { to: "transformer", privileges: ["select", "insert"] },
      { to: "privacy", privileges: ["select"] },
    ]);
  });

  test("give no reader the load's role, which sees everything", () => {
    expect(inheritanceOf(statements)).toEqual([
      "loader → owner",
      "transformer → owner",
      "analyst → privacy",
      "owner → sysadmin",
      "privacy → sysadmin",
    ]);
  });
});
