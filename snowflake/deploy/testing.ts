import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Answer,
  type Execute,
  type FakeSnowflake,
  SUCCEEDED,
  startFakeSnowflake,
} from "./fake-snowflake.ts";
import type { Login } from "./options.ts";

export const ACCOUNT = "myorg-myaccount";
export const USER = "deployer";
export const PASSPHRASE = "open sesame";

/** A key pair, the private half in a file with a passphrase. */
export interface KeyPair {
  publicKey: KeyObject;
  privateKeyPath: string;
}

export function writeKeyPair(directory: string, name = "key"): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const privateKeyPath = join(directory, `${name}.p8`);
  const cipher = { cipher: "aes-256-cbc", passphrase: PASSPHRASE } as const;
  writeFileSync(privateKeyPath, privateKey.export({ format: "pem", type: "pkcs8", ...cipher }), {
    mode: 0o600,
  });
  return { publicKey, privateKeyPath };
}

/** An account with one user, whose statements somebody executes. */
export interface TestAccount extends AsyncDisposable {
  directory: string;
  snowflake: FakeSnowflake;
  login: Login;
}

export async function openAccount(execute: Execute): Promise<TestAccount> {
  const directory = await mkdtemp(join(tmpdir(), "playtrail-deploy-"));
  const { publicKey, privateKeyPath } = writeKeyPair(directory);
  const snowflake = await startFakeSnowflake({ account: ACCOUNT, user: USER, publicKey, execute });
  const login = {
    account: ACCOUNT,
    user: USER,
    privateKeyPath,
    passphrase: PASSPHRASE,
    accessUrl: snowflake.url,
  };
  return {
    directory,
    snowflake,
    login,
    [Symbol.asyncDispose]: async () => {
      await snowflake.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** A warehouse that executes nothing, writes down everything, and knows its own versions. */
export class Recorder {
  /** What was executed, but for the deployer's own questions and notes. */
  statements: string[] = [];
  /** What was noted: file, checksum and number of statements. */
  noted: (readonly (string | null)[])[] = [];
  /** What statements are answered with, in place of success: by how they begin. May throw. */
  answers = new Map<string, () => Answer>();

  execute: Execute = (sql, binds) => {
    for (const [beginning, answer] of this.answers) if (sql.startsWith(beginning)) return answer();
    if (sql.startsWith("SHOW TABLES")) return this.#tables();
    if (sql.startsWith("SELECT file, checksum")) return this.#versions();
    if (sql.includes("ops.schema_version")) {
      if (sql.startsWith("INSERT")) this.noted.push(binds);
      return SUCCEEDED;
    }
    this.statements.push(sql);
    return SUCCEEDED;
  };

  #tables(): Answer {
    const columns = ["name", "database_name", "schema_name"];
    return { columns, rows: this.noted.length === 0 ? [] : [["SCHEMA_VERSION", "PLAYTRAIL", "OPS"]] };
  }

  #versions(): Answer {
    const latest = new Map(this.noted.map(([file = null, checksum = null]) => [file, checksum]));
    return { columns: ["FILE", "CHECKSUM"], rows: [...latest] };
  }
}
