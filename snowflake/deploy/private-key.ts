import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

/** The variable that the passphrase comes from: on a command line others could read it. */
export const PASSPHRASE_VARIABLE = "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE";

/** Reads the private key of a key pair, as PEM without a passphrase. Throws an Error that says what to do, and nothing of the key. */
export function readPrivateKey(path: string, passphrase: string | undefined): string {
  const key = decrypt(path, readPem(path), passphrase);
  if (key.asymmetricKeyType !== "rsa")
    throw new Error(`the private key ${path} is not an RSA key, which Snowflake wants`);
  return key.export({ format: "pem", type: "pkcs8" }).toString();
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`the private key ${path} cannot be read: ${codeOf(error)}`);
  }
}

function decrypt(path: string, pem: Buffer, passphrase: string | undefined): KeyObject {
  // "BEGIN ENCRYPTED PRIVATE KEY" of PKCS#8, "Proc-Type: 4,ENCRYPTED" of what was before it.
  if (passphrase === undefined && pem.includes("ENCRYPTED"))
    throw new Error(`the private key ${path} has a passphrase: set ${PASSPHRASE_VARIABLE}`);
  try {
    return createPrivateKey({ key: pem, format: "pem", passphrase });
  } catch {
    throw new Error(
      `the private key ${path} is no PEM file of a private key, or ${PASSPHRASE_VARIABLE} is not its passphrase`,
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
