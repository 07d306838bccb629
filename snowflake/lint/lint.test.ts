import { describe, expect, it } from "vitest";
import { sqlFiles } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { BASE, FIXTURES } from "./fixtures.ts";
import { lint } from "./index.ts";

const base = { name: "00_base.sql", sql: BASE };

function findings(sql: string) {
  return lint([base, { name: "99_fixture.sql", sql }]);
}

describe("the SQL of the warehouse", () => {
  it("has nothing that Snowflake would refuse", () => {
    expect(lint(sqlFiles(DEFAULT_SETTINGS))).toEqual([]);
  });

  it("names all that belongs to the account by the database of the settings", () => {
    expect(lint(sqlFiles({ ...DEFAULT_SETTINGS, database: "studio" }), "studio")).toEqual([]);
  });
});

describe("the check finds", () => {
  it.each(FIXTURES)("$fault", ({ bad, finding }) => {
    expect(findings(bad)).toEqual([{ file: "99_fixture.sql", ...finding }]);
  });
});

describe("the check has nothing to say of SQL without", () => {
  it.each(FIXTURES)("$fault", ({ good }) => {
    expect(findings(good)).toEqual([]);
  });
});
