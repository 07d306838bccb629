import { type Settings, withSettings } from "../sql/settings.ts";
import type { Step, Versions } from "./plan.ts";
import { type Bind, Refusal, type Row, type Session } from "./session.ts";

/** Asked before anything else: SHOW needs no warehouse, and answers with no rows where there is no database yet. */
const SHOW_TABLE = "SHOW TABLES LIKE 'SCHEMA_VERSION' IN ACCOUNT";

/** The table is the owner's, whoever deploys; and a session has no warehouse unless it is told. */
const ENTER = ["USE ROLE &{database}_OWNER", "USE WAREHOUSE &{database}_LOAD_WH"];

/** A row a file and deployment: the latest of a file is what the database has. */
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS &{database}.ops.schema_version (
  file        VARCHAR          NOT NULL COMMENT 'As in 20_core.sql',
  checksum    VARCHAR          NOT NULL COMMENT 'SHA-256 of the file with its settings put in',
  statements  NUMBER(38,0)     NOT NULL COMMENT 'How many it has',
  deployed_at TIMESTAMP_NTZ(9) NOT NULL COMMENT 'When its last statement had run, UTC',
  deployed_by VARCHAR          NOT NULL COMMENT 'The user who deployed it'
)
  COMMENT = 'What was deployed when, and by whom'`;

const READ = `SELECT file, checksum FROM &{database}.ops.schema_version
QUALIFY ROW_NUMBER() OVER (PARTITION BY file ORDER BY deployed_at DESC) = 1`;

const RECORD = `INSERT INTO &{database}.ops.schema_version (file, checksum, statements, deployed_at, deployed_by)
SELECT ?, ?, ?, SYSDATE(), CURRENT_USER()`;

/** What the database has. Nothing before the first deployment. */
export async function readVersions(session: Session, settings: Settings): Promise<Versions> {
  const ask = asker(session, settings);
  const tables = await ask(SHOW_TABLE);
  const database = settings.database.toUpperCase();
  if (!tables.some((table) => table.database_name === database && table.schema_name === "OPS"))
    return new Map();
  for (const statement of ENTER) await ask(statement);
  const rows = await ask(READ);
  return new Map(rows.map((row) => [row.FILE ?? "", row.CHECKSUM ?? ""]));
}

/** Remembers that all statements of a file have run. The first file makes the schema that the table is in. */
export async function recordVersion(session: Session, settings: Settings, step: Step): Promise<void> {
  const ask = asker(session, settings);
  for (const statement of [...ENTER, CREATE_TABLE]) await ask(statement);
  await ask(RECORD, [step.file, step.checksum, step.statements.length]);
}

/** Errors say what they are about: these statements are in no file. */
function asker(session: Session, settings: Settings) {
  return async (template: string, binds?: readonly Bind[]): Promise<Row[]> => {
    const sql = withSettings(template, settings);
    try {
      return await session.query(sql, binds);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Error(`what was deployed (ops.schema_version):\n  ${sql.split("\n")[0]}\n  ${error.message}`);
    }
  };
}
