import { type Settings, withSettings } from "../sql/settings.ts";
import type { Step, Versions } from "./plan.ts";
import type { Session } from "./session.ts";

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
  const tables = await session.query(SHOW_TABLE);
  const database = settings.database.toUpperCase();
  if (!tables.some((table) => table.database_name === database && table.schema_name === "OPS"))
    return new Map();
  await enter(session, settings);
  const rows = await session.query(withSettings(READ, settings));
  return new Map(rows.map((row) => [row.FILE ?? "", row.CHECKSUM ?? ""]));
}

/** Remembers that all statements of a file have run. The first file makes the schema that the table is in. */
export async function recordVersion(session: Session, settings: Settings, step: Step): Promise<void> {
  await enter(session, settings);
  await session.query(withSettings(CREATE_TABLE, settings));
  await session.query(withSettings(RECORD, settings), [step.file, step.checksum, step.statements.length]);
}

async function enter(session: Session, settings: Settings): Promise<void> {
  for (const statement of ENTER) await session.query(withSettings(statement, settings));
}
