import { createHash, type KeyObject, randomUUID, verify } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** What a statement answers with. */
export interface Answer {
  columns: readonly string[];
  rows: readonly (readonly (string | null)[])[];
}

/** What the server asks of whoever plays the warehouse. */
export type Execute = (
  sql: string,
  binds: readonly (string | null)[],
) => Answer | Upload | Promise<Answer | Upload>;

/** What Snowflake answers to `PUT`: where the driver is to bring the file. A directory here, a bucket there. */
export interface Upload {
  source: string;
  directory: string;
}

/** Thrown by `execute`: an error in Snowflake's shape. */
export class SqlError extends Error {
  readonly code: string;
  readonly sqlState: string;

  constructor(code: string, sqlState: string, message: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }
}

export interface FakeSnowflake {
  url: string;
  /** What was asked for, as `POST /session/v1/login-request`. */
  requests: string[];
  /** The session parameters of the last login. */
  sessionParameters: Record<string, unknown>;
  /** How many sessions were opened, and not closed. */
  openSessions(): number;
  close(): Promise<void>;
}

export interface FakeOptions {
  account: string;
  user: string;
  /** What `RSA_PUBLIC_KEY` of the user would be. */
  publicKey: KeyObject;
  execute: Execute;
}

export const SUCCEEDED: Answer = { columns: ["status"], rows: [["Statement executed successfully."]] };

/** Speaks as much of the drivers' protocol as snowflake-sdk 3.3.0 needs for a login with a key pair, statements and PUT. */
export async function startFakeSnowflake(options: FakeOptions): Promise<FakeSnowflake> {
  const tokens = new Set<string>();
  const requests: string[] = [];
  const fake = { requests, sessionParameters: {} as Record<string, unknown> };

  const logIn = (body: LoginRequest) => {
    if (!isSignedBy(body.data.TOKEN, options)) return refusal("390144", "08001", "JWT token is invalid.");
    const token = randomUUID();
    tokens.add(token);
    fake.sessionParameters = body.data.SESSION_PARAMETERS;
    const times = { validityInSeconds: 3600, masterValidityInSeconds: 14_400 };
    return success({ token, masterToken: `master of ${token}`, ...times, sessionId: 1, parameters: [] });
  };

  const answer = async (request: IncomingMessage): Promise<object> => {
    const path = new URL(request.url ?? "/", "http://fake").pathname;
    requests.push(`${request.method} ${path}`);
    const body = await readJson(request);
    if (path === "/session/v1/login-request") return logIn(body as LoginRequest);
    const token = /^Snowflake Token="(.+)"$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!tokens.has(token)) return refusal("390104", "08001", "ID Token is invalid.");
    if (path === "/queries/v1/query-request") return query(body as QueryRequest, options.execute);
    if (path === "/session") tokens.delete(token);
    return success(null);
  };

  const server = createServer((request, response) => {
    answer(request).then(
      (body) => respond(response, 200, body),
      (error) => respond(response, 500, { message: String(error) }),
    );
  });
  const port = await listen(server);
  return Object.assign(fake, {
    url: `http://127.0.0.1:${port}`,
    openSessions: () => tokens.size,
    close: () => close(server),
  });
}

interface LoginRequest {
  data: { TOKEN: string; SESSION_PARAMETERS: Record<string, unknown> };
}

interface QueryRequest {
  sqlText: string;
  bindings?: Record<string, { value: string | null }>;
}

/** As Snowflake does: signed by the user's key, issued for the account, the user and that key, and not expired. */
function isSignedBy(token: string, { account, user, publicKey }: FakeOptions): boolean {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify("RSA-SHA256", signed, publicKey, Buffer.from(signature, "base64url"))) return false;
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const key = publicKey.export({ format: "der", type: "spki" });
  const fingerprint = `SHA256:${createHash("sha256").update(key).digest("base64")}`;
  const subject = `${account}.${user}`.toUpperCase();
  // The driver writes milliseconds, where RFC 7519 has seconds.
  return claims.iss === `${subject}.${fingerprint}` && claims.sub === subject && claims.exp > Date.now();
}

async function query({ sqlText, bindings = {} }: QueryRequest, execute: Execute): Promise<object> {
  // The driver numbers them from 1.
  const binds = Object.keys(bindings).map((_, index) => bindings[`${index + 1}`]?.value ?? null);
  try {
    const answer = await execute(sqlText, binds);
    return success("directory" in answer ? uploadData(answer) : answerData(answer));
  } catch (error) {
    if (error instanceof SqlError) return refusal(error.code, error.sqlState, error.message);
    throw error;
  }
}

function answerData({ columns, rows }: Answer): object {
  const rowtype = columns.map((name) => ({ name, type: "text", nullable: true, length: 16_777_216 }));
  const counts = { total: rows.length, returned: rows.length };
  return {
    parameters: [],
    rowtype,
    rowset: rows,
    ...counts,
    queryId: randomUUID(),
    queryResultFormat: "json",
  };
}

function uploadData({ source, directory }: Upload): object {
  return {
    command: "UPLOAD",
    src_locations: [source],
    parallel: 1,
    threshold: 209_715_200,
    autoCompress: true,
    overwrite: false,
    sourceCompression: "auto_detect",
    stageInfo: { locationType: "LOCAL_FS", location: directory, path: "", region: "", creds: {} },
    queryId: randomUUID(),
  };
}

function success(data: unknown): object {
  return { data, code: null, message: null, success: true };
}

function refusal(code: string, sqlState: string, message: string): object {
  return { data: { errorCode: code, sqlState, queryId: randomUUID() }, code, message, success: false };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
  return text.length === 0 ? undefined : JSON.parse(text.toString());
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
