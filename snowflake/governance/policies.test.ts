import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allStatements, policyBody } from "./access.ts";

const statements = allStatements();

/** What Snowflake knows and DuckDB does not; the session's roles are in the table `session`, as far as they inherit. */
const STAND_INS = `
  CREATE SCHEMA governance;
  CREATE TABLE session (role VARCHAR);
  CREATE TABLE governance.game_access (role_name VARCHAR, game_id VARCHAR);
  CREATE MACRO is_role_in_session(name) AS name IN (SELECT role FROM session);
  CREATE MACRO governance.pseudonym_salt() AS 'pepper';
  CREATE MACRO sha2(text) AS sha256(text);
  CREATE MACRO is_object(json) AS coalesce(json_type(json) = 'OBJECT', false);
  CREATE MACRO object_keys(json) AS to_json(json_keys(json));
`;

let connection: DuckDBConnection;

beforeEach(async () => {
  connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(STAND_INS);
});
afterEach(() => connection.closeSync());

async function signInAs(...roles: string[]) {
  await connection.run("DELETE FROM session");
  for (const role of roles) await connection.run(`INSERT INTO session VALUES ('PLAYTRAIL_${role}')`);
}

/** What a reader sees of a value, by the policy's own SQL. */
async function seen(policy: string, value: string | null, tag: "id" | "content"): Promise<unknown> {
  const body = policyBody(statements, `governance.${policy}`)
    .replaceAll("SYSTEM$GET_TAG_ON_CURRENT_COLUMN('governance.personal')", `'${tag}'`)
    .replaceAll("VARIANT", "JSON");
  const type = policy === "mask_json" ? "JSON" : "VARCHAR";
  const sql = `SELECT CAST((${body}) AS VARCHAR) AS seen FROM (SELECT CAST($1 AS ${type}) AS val)`;
  const rows = (await connection.runAndReadAll(sql, [value])).getRowObjectsJS();
  return rows[0]?.seen;
}

/** The games of which a reader sees the rows. */
async function gamesSeen(games: string[]): Promise<unknown[]> {
  const body = policyBody(statements, "governance.games_of_role");
  const sql = `SELECT game FROM (SELECT unnest($1::VARCHAR[]) AS game) WHERE ${body} ORDER BY game`;
  const list = `[${games.map((game) => `'${game}'`).join(", ")}]`;
  return (await connection.runAndReadAll(sql.replace("$1::VARCHAR[]", list)))
    .getRowObjectsJS()
    .map(({ game }) => game);
}

describe("what an analyst sees", () => {
  beforeEach(() => signInAs("ANALYST"));

  test("of a player is one pseudonym, the same each time, which takes the salt to make", async () => {
    // printf %s pepperplayer-1 | sha256sum
    const pseudonym = "01532ad388eb69aefe4869730efcccf37637694168d98c484bee104ab47be29d";
    expect(await seen("mask_text", "player-1", "id")).toBe(pseudonym);
    expect(await seen("mask_text", "player-2", "id")).not.toBe(pseudonym);
  });

  test("of what was sent is that there was something", async () => {
    expect(await seen("mask_text", '{"email":"a@b.c"}', "content")).toBe("***");
  });

  test("of nothing is nothing, so that a missing transaction is still missing", async () => {
    expect(await seen("mask_text", null, "id")).toBeNull();
    expect(await seen("mask_text", null, "content")).toBeNull();
    expect(await seen("mask_json", null, "content")).toBeNull();
  });

  test("of an object is the names of its fields", async () => {
    expect(await seen("mask_json", '{"email":"a@b.c","vip":true}', "content")).toBe('["email","vip"]');
  });

  test("of any other JSON is nothing", async () => {
    expect(await seen("mask_json", '"a@b.c"', "content")).toBeNull();
    expect(await seen("mask_json", '["a@b.c"]', "content")).toBeNull();
  });
});

describe.each(["PRIVACY", "TRANSFORMER"])("what the role %s sees", (role) => {
  beforeEach(() => signInAs(role));

  test("is everything as it is", async () => {
    expect(await seen("mask_text", "player-1", "id")).toBe("player-1");
    expect(await seen("mask_text", "text", "content")).toBe("text");
    expect(await seen("mask_json", '{"email":"a@b.c"}', "content")).toBe('{"email":"a@b.c"}');
    expect(await gamesSeen(["chess", "go"])).toEqual(["chess", "go"]);
  });
});

describe("the games that a reader sees", () => {
  test("are none, unless a row of game_access gives one", async () => {
    await signInAs("ANALYST");
    expect(await gamesSeen(["chess", "go"])).toEqual([]);
  });

  test("are those of the roles of the session", async () => {
    await connection.run(`INSERT INTO governance.game_access VALUES
      ('PLAYTRAIL_CHESS_STUDIO', 'chess'), ('PLAYTRAIL_GO_STUDIO', 'go')`);
    await signInAs("ANALYST", "CHESS_STUDIO");
    expect(await gamesSeen(["chess", "go"])).toEqual(["chess"]);
    await signInAs("ANALYST", "CHESS_STUDIO", "GO_STUDIO");
    expect(await gamesSeen(["chess", "go"])).toEqual(["chess", "go"]);
  });

  test("are all with a *", async () => {
    await connection.run("INSERT INTO governance.game_access VALUES ('PLAYTRAIL_ANALYST', '*')");
    await signInAs("ANALYST");
    expect(await gamesSeen(["chess", "go"])).toEqual(["chess", "go"]);
  });
});
