import { AwsV4Signer } from "aws4fetch";
import { describe, expect, test } from "vitest";
import { FirehoseError } from "./errors.ts";
import { type Credentials, type SignedCall, verifySignature } from "./sigv4.ts";

const CREDENTIALS = { accessKeyId: "AKIATEST", secretAccessKey: "test-secret" };
const REGION = "eu-west-1";
const NOW = new Date("2026-11-21T12:00:00Z");

interface Signing {
  credentials?: Credentials;
  region?: string;
  service?: string;
  datetime?: string;
}

/** A call as aws4fetch signs it. */
async function signed(signing: Signing = {}): Promise<SignedCall> {
  const body = '{"DeliveryStreamName":"events"}';
  const { headers } = await new AwsV4Signer({
    method: "POST",
    url: "http://127.0.0.1:4573/",
    headers: { "x-amz-target": "Firehose_20150804.PutRecordBatch" },
    body,
    service: "firehose",
    region: REGION,
    datetime: "20261121T120000Z",
    ...CREDENTIALS,
    ...signing.credentials,
    ...signing,
  }).sign();
  return { headers: { ...Object.fromEntries(headers), host: "127.0.0.1:4573" }, body: Buffer.from(body) };
}

/** What the stand-in says to `call`: "accepted", or the name of the error and its message. */
function answerTo(call: SignedCall, { credentials = CREDENTIALS, now = NOW } = {}): string {
  try {
    verifySignature(call, credentials, REGION, now);
    return "accepted";
  } catch (error) {
    if (error instanceof FirehoseError) return `${error.type}: ${error.message}`;
    throw error;
  }
}

describe("a signed call", () => {
  test("is accepted", async () => {
    expect(answerTo(await signed())).toBe("accepted");
  });

  test("is accepted up to five minutes off, either way", async () => {
    const call = await signed();
    expect(answerTo(call, { now: new Date("2026-11-21T12:05:00Z") })).toBe("accepted");
    expect(answerTo(call, { now: new Date("2026-11-21T11:55:00Z") })).toBe("accepted");
    expect(answerTo(call, { now: new Date("2026-11-21T12:05:01Z") })).toBe(
      "InvalidSignatureException: Signature expired: 20261121T120000Z is over 5 minutes before 2026-11-21T12:05:01.000Z.",
    );
    expect(answerTo(call, { now: new Date("2026-11-21T11:54:59Z") })).toBe(
      "InvalidSignatureException: Signature not yet current: 20261121T120000Z is over 5 minutes after 2026-11-21T11:54:59.000Z.",
    );
  });

  test("with temporary credentials carries the session token", async () => {
    const credentials = { ...CREDENTIALS, sessionToken: "temporary" };
    expect(answerTo(await signed({ credentials }), { credentials })).toBe("accepted");
    expect(answerTo(await signed(), { credentials })).toBe(
      "UnrecognizedClientException: The security token included in the request is invalid.",
    );
  });
});

describe("what was changed on the way is refused", () => {
  const MISMATCH =
    "InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.";

  test("the body", async () => {
    expect(answerTo({ ...(await signed()), body: Buffer.from("{}") })).toBe(MISMATCH);
  });

  test("a signed header", async () => {
    const { headers, body } = await signed();
    const changed = { ...headers, "x-amz-target": "Firehose_20150804.DeleteDeliveryStream" };
    expect(answerTo({ headers: changed, body })).toBe(MISMATCH);
  });

  test("an x-amz header that the signature leaves out", async () => {
    const { headers, body } = await signed();
    expect(answerTo({ headers: { ...headers, "x-amz-extra": "1" }, body })).toBe(
      "InvalidSignatureException: SignedHeaders must include: x-amz-extra.",
    );
  });

  test("a signed header that was taken away", async () => {
    const { headers, body } = await signed();
    const { "x-amz-target": _, ...without } = headers;
    expect(answerTo({ headers: without, body })).toBe(
      "InvalidSignatureException: SignedHeaders names what was not sent: x-amz-target.",
    );
  });
});

describe("a wrong signature is refused by its reason", () => {
  test.each<[string, Signing, string]>([
    [
      "an unknown access key",
      { credentials: { accessKeyId: "AKIAOTHER", secretAccessKey: "test-secret" } },
      "UnrecognizedClientException: The security token included in the request is invalid.",
    ],
    [
      "a wrong secret",
      { credentials: { accessKeyId: "AKIATEST", secretAccessKey: "guess" } },
      "InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    ],
    [
      "another region",
      { region: "us-east-1" },
      "InvalidSignatureException: Credential should be scoped to a valid region: 'eu-west-1', not 'us-east-1'.",
    ],
    [
      "another service",
      { service: "kinesis" },
      "InvalidSignatureException: Credential should be scoped to correct service: 'firehose', not 'kinesis'.",
    ],
  ])("%s", async (_, signing, answer) => {
    expect(answerTo(await signed(signing))).toBe(answer);
  });

  test.each<[string, Record<string, string>, string]>([
    ["no Authorization", {}, "MissingAuthenticationTokenException: Missing Authentication Token"],
    [
      "an Authorization of another kind",
      { authorization: "Bearer token" },
      "IncompleteSignatureException: Authorization must read: AWS4-HMAC-SHA256 Credential=<id>/<yyyymmdd>/<region>/firehose/aws4_request, SignedHeaders=<a;b>, Signature=<hex>",
    ],
  ])("%s", (_, headers, answer) => {
    expect(answerTo({ headers, body: Buffer.alloc(0) })).toBe(answer);
  });

  test("a date that is missing, no date, or not that of the credential", async () => {
    const { headers, body } = await signed();
    const dated = (date: string) => answerTo({ headers: { ...headers, "x-amz-date": date }, body });
    expect(dated("yesterday")).toBe(
      "IncompleteSignatureException: x-amz-date must read yyyymmddThhmmssZ, not 'yesterday'.",
    );
    expect(dated("20261120T120000Z")).toBe(
      "InvalidSignatureException: Date in Credential scope does not match x-amz-date: '20261121' != '20261120T120000Z'.",
    );
    expect(dated("20261121T996199Z")).toBe(
      "InvalidSignatureException: Signature not yet current: 20261121T996199Z is over 5 minutes after 2026-11-21T12:00:00.000Z.",
    );
  });
});
