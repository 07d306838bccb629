import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SqlFile } from "../sql/files.ts";
import { isWord } from "../sql/lexer.ts";
import { type Settings, withSettings } from "../sql/settings.ts";
import { statementsOf } from "../sql/statements.ts";
import { runStatement } from "./run.ts";
import type { Session } from "./session.ts";

const DIRECTORY = join(import.meta.dirname, "../fixtures");

/** Lines as they are delivered; expected.sql says what must come of them. */
const EVENTS = join(DIRECTORY, "events.ndjson");

const PIPE_STAGE = "@raw.events_stage";
const FIXTURE_STAGE = "@raw.fixture_stage";

/** What must be there once the fixture is loaded, in the form of the smoke checks. */
export function expectations(settings: Settings): SqlFile {
  const name = "expected.sql";
  return { name, sql: withSettings(readFileSync(join(DIRECTORY, name), "utf8"), settings) };
}

/** Loads the fixture as the pipe and the task would: the pipe's own COPY, from a stage that a file can be put on. */
export async function loadFixture(
  session: Session,
  settings: Settings,
  files: readonly SqlFile[],
): Promise<void> {
  const sql = withSettings(
    [
      "USE DATABASE &{database}",
      "USE WAREHOUSE &{database}_LOAD_WH",
      "USE ROLE &{database}_TRANSFORMER",
      // Else it loads the fixture at the same time.
      "ALTER TASK load.load_events SUSPEND",
      "USE ROLE &{database}_LOADER",
      "CREATE TEMPORARY STAGE raw.fixture_stage",
      `PUT '${fileUrl(EVENTS)}' ${FIXTURE_STAGE}`,
      copyOfPipe(files),
      "USE ROLE &{database}_TRANSFORMER",
      "CALL load.load_batch()",
    ].join(";\n"),
    settings,
  );
  for (const statement of statementsOf(sql)) await runStatement(session, "fixture", statement);
}

function copyOfPipe(files: readonly SqlFile[]): string {
  for (const { sql } of files)
    for (const { text, tokens } of statementsOf(sql)) {
      const copy = tokens.find((token) => isWord(token, "COPY"));
      const [first, second] = tokens;
      if (!copy || !first || !isWord(first, "CREATE") || !isWord(second, "PIPE")) continue;
      return text.slice(copy.start - first.start).replace(PIPE_STAGE, FIXTURE_STAGE);
    }
  throw new Error("there is no pipe whose COPY could load the fixture");
}

/** As PUT wants it: plain, not percent-encoded, with a quote doubled. */
function fileUrl(path: string): string {
  return `file://${path.replaceAll("\\", "/").replaceAll("'", "''")}`;
}
