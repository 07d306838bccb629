import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection, SnowflakeError } from "snowflake-sdk";
import type { Login } from "./options.ts";
import { readPrivateKey } from "./private-key.ts";
import { type Bind, Refusal, type Row, type Session } from "./session.ts";

/** What every statement of ours is found by in the account's query history. */
export const QUERY_TAG = "playtrail:deploy";

/** Snowflake's code for a key that it does not know of this user. */
const INVALID_TOKEN = "390144";

/** Enough for a network that blinks; a wrong account is known after seconds, not after the driver's five minutes. */
const LOGIN_RETRIES = 2;

/** Logs in with a key pair, and sets the session to UTC. Throws an Error that says what to do, and nothing of the key. */
export async function connect(login: Login): Promise<Session> {
  const privateKey = readPrivateKey(login.privateKeyPath, login.passphrase);
  const snowflake = await loadDriver();
  await using logging = await silence();
  const connection = snowflake.createConnection({
    account: login.account,
    username: login.user,
    authenticator: "SNOWFLAKE_JWT",
    privateKey,
    ...(login.accessUrl !== undefined && { accessUrl: login.accessUrl }),
    application: "playtrail",
    queryTag: QUERY_TAG,
    representNullAsStringNull: false,
    fetchAsString: ["String", "Boolean", "Number", "Date", "JSON", "Buffer"],
    sfRetryMaxLoginRetries: LOGIN_RETRIES,
    clientConfigFile: logging.file,
  });
  await logIn(connection, login);
  const session = sessionOf(connection);
  await session.query("ALTER SESSION SET TIMEZONE = 'UTC'");
  return session;
}

/** Loading takes half a second: only what connects pays for it. */
async function loadDriver() {
  // Else, once loaded, it asks the metadata services of three clouds where it runs, and tells the account after login.
  process.env.SNOWFLAKE_DISABLE_PLATFORM_DETECTION = "true";
  process.env.SF_TELEMETRY_DISABLE_CONNECTION_SHAPE = "true";
  // A native addon that only reports its own version.
  process.env.SNOWFLAKE_DISABLE_MINICORE = "true";
  const { default: snowflake } = await import("snowflake-sdk");
  snowflake.configure({ logLevel: "OFF", additionalLogToConsole: false });
  return snowflake;
}

/** The driver logs whatever a `sf_client_config.json` in the home directory says; one that is named goes before it. */
async function silence(): Promise<AsyncDisposable & { file: string }> {
  const directory = await mkdtemp(join(tmpdir(), "playtrail-"));
  const file = join(directory, "sf_client_config.json");
  await writeFile(file, JSON.stringify({ common: { log_level: "OFF", log_path: directory } }), {
    mode: 0o600,
  });
  return { file, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

async function logIn(connection: Connection, { account, user }: Login): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error ? reject(refusalOf(error)) : resolve()));
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const hint = error.code === INVALID_TOKEN ? `\nIs the public key set on the user ${user}?` : "";
    throw new Error(`cannot log in to ${account} as ${user}: ${error.message}${hint}`);
  }
}

function sessionOf(connection: Connection): Session {
  return {
    query: (sqlText, binds) =>
      new Promise<Row[]>((resolve, reject) => {
        connection.execute({
          sqlText,
          ...(binds !== undefined && { binds: binds as Bind[] }),
          complete: (error, _, rows) => (error ? reject(refusalOf(error)) : resolve(rows ?? [])),
        });
      }),
    close: () => new Promise((resolve) => connection.destroy(() => resolve())),
  };
}

/** Keeps what Snowflake says of an error, and leaves the request and its headers behind. */
function refusalOf({ code, message, sqlState }: SnowflakeError): Refusal {
  return new Refusal(String(code ?? "unknown"), sqlState, message);
}
