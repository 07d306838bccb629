/**
 * Signature Version 4, the server's half, written against AWS's description and independent of every client:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { FirehoseError } from "./errors.ts";

/** Whom the stand-in knows. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Set for temporary credentials: then a call must carry it as `x-amz-security-token`. */
  sessionToken?: string;
}

/** A call to Firehose, always `POST /` without a query. Header names are in lower case. */
export interface SignedCall {
  headers: Record<string, string>;
  body: Uint8Array;
}

const SERVICE = "firehose";
const MAX_CLOCK_SKEW_MS = 5 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([a-z0-9;_-]+),\s*Signature=([0-9a-f]{64})$/;
const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Returns where `call` is signed by `credentials` for Firehose in `region` at about `now`; throws the FirehoseError that AWS would answer. */
export function verifySignature(call: SignedCall, credentials: Credentials, region: string, now: Date): void {
  const claim = parseAuthorization(call.headers.authorization);
  checkScope(claim, region);
  if (
    claim.accessKeyId !== credentials.accessKeyId ||
    call.headers["x-amz-security-token"] !== credentials.sessionToken
  ) {
    throw new FirehoseError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  const date = call.headers["x-amz-date"] ?? "";
  checkDate(date, claim.day, now);
  checkSignedHeaders(call.headers, claim.signedHeaders);
  const expected = sign(call, claim, date, credentials.secretAccessKey);
  if (!timingSafeEqual(expected, Buffer.from(claim.signature, "hex"))) {
    throw invalidSignature(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    );
  }
}

interface Claim {
  accessKeyId: string;
  day: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

function parseAuthorization(header: string | undefined): Claim {
  if (header === undefined) {
    throw new FirehoseError("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const [, accessKeyId, day, region, service, signedHeaders, signature] = AUTHORIZATION.exec(header) ?? [];
  if (!accessKeyId || !day || !region || !service || !signedHeaders || !signature) {
    throw new FirehoseError(
      "IncompleteSignatureException",
      "Authorization must read: AWS4-HMAC-SHA256 Credential=<id>/<yyyymmdd>/<region>/firehose/aws4_request, SignedHeaders=<a;b>, Signature=<hex>",
    );
  }
  return { accessKeyId, day, region, service, signedHeaders: signedHeaders.split(";"), signature };
}

function checkScope(claim: Claim, region: string): void {
  if (claim.region !== region) {
    throw invalidSignature(
      `Credential should be scoped to a valid region: '${region}', not '${claim.region}'.`,
    );
  }
  if (claim.service !== SERVICE) {
    throw invalidSignature(
      `Credential should be scoped to correct service: '${SERVICE}', not '${claim.service}'.`,
    );
  }
}

function checkDate(date: string, day: string, now: Date): void {
  const [, year, month, dayOfMonth, hour, minute, second] = AMZ_DATE.exec(date) ?? [];
  if (year === undefined) {
    throw new FirehoseError(
      "IncompleteSignatureException",
      `x-amz-date must read yyyymmddThhmmssZ, not '${date}'.`,
    );
  }
  if (!date.startsWith(day)) {
    throw invalidSignature(`Date in Credential scope does not match x-amz-date: '${day}' != '${date}'.`);
  }
  const skewMs = now.getTime() - Date.parse(`${year}-${month}-${dayOfMonth}T${hour}:${minute}:${second}Z`);
  const clock = now.toISOString();
  if (skewMs > MAX_CLOCK_SKEW_MS)
    throw invalidSignature(`Signature expired: ${date} is over 5 minutes before ${clock}.`);
  // Written so that a date that is no date at all (NaN) is refused as well.
  if (!(skewMs >= -MAX_CLOCK_SKEW_MS))
    throw invalidSignature(`Signature not yet current: ${date} is over 5 minutes after ${clock}.`);
}

/** An unsigned `x-amz-*` header, the target above all, could be changed on the way. */
function checkSignedHeaders(headers: Record<string, string>, signedHeaders: string[]): void {
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  const unsigned = needed.filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) throw invalidSignature(`SignedHeaders must include: ${unsigned.join(", ")}.`);
  const absent = signedHeaders.filter((name) => headers[name] === undefined);
  if (absent.length > 0)
    throw invalidSignature(`SignedHeaders names what was not sent: ${absent.join(", ")}.`);
}

function sign(call: SignedCall, claim: Claim, date: string, secretAccessKey: string): Buffer {
  const canonicalHeaders = claim.signedHeaders
    .map((name) => `${name}:${(call.headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`)
    .join("");
  const canonicalRequest = [
    "POST",
    "/",
    "",
    canonicalHeaders,
    claim.signedHeaders.join(";"),
    sha256(call.body),
  ].join("\n");
  const scope = `${claim.day}/${claim.region}/${claim.service}/aws4_request`;
  const stringToSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonicalRequest)].join("\n");
  const signingKey = [claim.day, claim.region, claim.service, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey}`,
  );
  return hmac(signingKey, stringToSign);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function invalidSignature(message: string): FirehoseError {
  return new FirehoseError("InvalidSignatureException", message);
}
