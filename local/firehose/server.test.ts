import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { AwsClient } from "aws4fetch";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFirehose, type Firehose } from "./server.ts";

const CREDENTIALS = { accessKeyId: "AKIATEST", secretAccessKey: "test-secret" };
const REGION = "us-east-1";
const STREAM = "playtrail-events";
const RECORD_ID = { RecordId: expect.stringMatching(/^[0-9a-f-]{36}$/) };

let data: string;
let firehose: Firehose;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "firehose-"));
  firehose = await start();
});

afterEach(async () => {
  await firehose.close();
  await rm(data, { recursive: true });
});

function start(random?: () => number): Promise<Firehose> {
  const options = { port: 0, data, stream: STREAM, region: REGION, credentials: CREDENTIALS };
  return createFirehose({ ...options, bufferMs: 600_000, ...(random && { random }) });
}

/** PutRecordBatch as the collector sends it. */
function put(records: string[], { stream = STREAM, credentials = CREDENTIALS } = {}): Promise<Response> {
  const client = new AwsClient({ ...credentials, service: "firehose", region: REGION, retries: 0 });
  const Records = records.map((record) => ({ Data: Buffer.from(record).toString("base64") }));
  return client.fetch(firehose.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "Firehose_20150804.PutRecordBatch",
    },
    body: JSON.stringify({ DeliveryStreamName: stream, Records }),
  });
}

async function statusAndBody(response: Response): Promise<{ status: number; body: unknown }> {
  return { status: response.status, body: await response.json() };
}

async function control(method: "GET" | "POST", path: string, body?: unknown) {
  return statusAndBody(
    await fetch(firehose.url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) }),
  );
}

/** Writes what is buffered; the content of all objects, in the order of their names. */
async function deliveredObjects(): Promise<{ key: string; content: string }[]> {
  await control("POST", "/__flush");
  const root = join(data, "s3", STREAM);
  const keys = await readdir(root, { recursive: true }).catch(() => []);
  const objects = keys.filter((key) => key.endsWith(".gz")).sort();
  return Promise.all(
    objects.map(async (key) => ({ key, content: gunzipSync(await readFile(join(root, key))).toString() })),
  );
}

async function delivered(): Promise<string> {
  return (await deliveredObjects()).map((object) => object.content).join("");
}

describe("a call by aws4fetch", () => {
  test("is answered with an id a record, and lands in one object with a Firehose key", async () => {
    const response = await put(["a\n", "b\nc\n"]);
    expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await statusAndBody(response)).toEqual({
      status: 200,
      body: { FailedPutCount: 0, Encrypted: false, RequestResponses: [RECORD_ID, RECORD_ID] },
    });
    expect(await deliveredObjects()).toEqual([
      {
        key: expect.stringMatching(
          /^\d{4}\/\d\d\/\d\d\/\d\d\/playtrail-events-1(-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)-[0-9a-f-]{36}\.json\.gz$/,
        ),
        content: "a\nb\nc\n",
      },
    ]);
  });

  test("with a wrong secret, or without a signature, is refused and stores nothing", async () => {
    const credentials = { ...CREDENTIALS, secretAccessKey: "guess" };
    expect(await statusAndBody(await put(["a\n"], { credentials }))).toEqual({
      status: 400,
      body: { __type: "InvalidSignatureException", message: expect.stringContaining("does not match") },
    });
    expect(await control("POST", "/", {})).toEqual({
      status: 400,
      body: { __type: "MissingAuthenticationTokenException", message: "Missing Authentication Token" },
    });
    expect(await delivered()).toBe("");
  });

  test("to a stream that does not exist is refused", async () => {
    expect(await statusAndBody(await put(["a\n"], { stream: "other" }))).toEqual({
      status: 400,
      body: {
        __type: "ResourceNotFoundException",
        message: "Firehose other under account 000000000000 not found.",
      },
    });
  });

  test("of more than six MiB is refused without being kept", async () => {
    expect(await statusAndBody(await put(["x".repeat(5_000_000)]))).toEqual({
      status: 413,
      body: {
        __type: "RequestEntityTooLargeException",
        message: "The body has 6666733 bytes; at most 6291456 are read. Send fewer records a call.",
      },
    });
  });
});

describe("a call by the AWS SDK", () => {
  function sdk(credentials = CREDENTIALS): FirehoseClient {
    return new FirehoseClient({ endpoint: firehose.url, region: REGION, credentials, maxAttempts: 1 });
  }
  const command = () =>
    new PutRecordBatchCommand({ DeliveryStreamName: STREAM, Records: [{ Data: Buffer.from("a\n") }] });

  test("is accepted", async () => {
    const { $metadata, ...answer } = await sdk().send(command());
    expect(answer).toEqual({ FailedPutCount: 0, Encrypted: false, RequestResponses: [RECORD_ID] });
    expect(await delivered()).toBe("a\n");
  });

  test("with wrong credentials is refused by the error's name", async () => {
    await expect(sdk({ ...CREDENTIALS, secretAccessKey: "guess" }).send(command())).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
    await expect(sdk({ ...CREDENTIALS, accessKeyId: "AKIAOTHER" }).send(command())).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
  });

  test("sees a fault as the service's own error", async () => {
    await control("POST", "/__faults", { mode: "unavailable" });
    await expect(sdk().send(command())).rejects.toMatchObject({
      name: "ServiceUnavailableException",
      $fault: "server",
    });
  });
});

describe("the controls", () => {
  test("count what was accepted", async () => {
    await put(["a\n", "b\nc\n"]);
    await put(["d\n"]);
    await control("POST", "/__flush");
    const stats = { calls: 2, records: 3, events: 4, bytes: 8, billed_bytes: 15_360, objects: 1 };
    expect(await control("GET", "/__stats")).toEqual({ status: 200, body: stats });
    expect(firehose.stats()).toEqual(stats);
  });

  test("show and set the fault, and say what is wrong with a bad one", async () => {
    expect(await control("GET", "/__faults")).toEqual({ status: 200, body: { mode: "none", rate: 1 } });
    await control("POST", "/__faults", { mode: "partial", rate: 0.5 });
    expect(await control("GET", "/__faults")).toEqual({ status: 200, body: { mode: "partial", rate: 0.5 } });
    expect(await control("POST", "/__faults", { mode: "partial", rate: 2 })).toEqual({
      status: 400,
      body: { __type: "ValidationException", message: "rate must be a number from 0 to 1; got 2" },
    });
  });

  test("are all there is", async () => {
    expect(await control("GET", "/other")).toEqual({
      status: 404,
      body: { __type: "UnknownOperationException", message: "GET /other is not served." },
    });
  });
});

describe("a fault", () => {
  test("`unavailable` refuses the call with 503", async () => {
    await control("POST", "/__faults", { mode: "unavailable" });
    expect(await statusAndBody(await put(["a\n"]))).toEqual({
      status: 503,
      body: { __type: "ServiceUnavailableException", message: "The service is unavailable." },
    });
    expect(await delivered()).toBe("");
  });

  test("`throttle` refuses the call with a 400", async () => {
    await control("POST", "/__faults", { mode: "throttle" });
    expect(await statusAndBody(await put(["a\n"]))).toEqual({
      status: 400,
      body: { __type: "ThrottlingException", message: "Rate exceeded" },
    });
    expect(await delivered()).toBe("");
  });

  test("`partial` refuses some records; exactly the others are stored", async () => {
    await firehose.close();
    const drawn = [0.9, 0.1, 0.9];
    firehose = await start(() => drawn.shift() ?? 0.9);
    await control("POST", "/__faults", { mode: "partial", rate: 0.5 });
    expect(await statusAndBody(await put(["a\n", "b\n", "c\n"]))).toEqual({
      status: 200,
      body: {
        FailedPutCount: 1,
        Encrypted: false,
        RequestResponses: [
          RECORD_ID,
          { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." },
          RECORD_ID,
        ],
      },
    });
    expect(await delivered()).toBe("a\nc\n");
    expect(firehose.stats()).toMatchObject({ calls: 1, records: 2, events: 2 });
  });

  test("`timeout` stores nothing and never answers, until the server closes", async () => {
    await control("POST", "/__faults", { mode: "timeout" });
    const call = put(["a\n"]);
    const settled = call.then(
      () => "answered",
      () => "broken",
    );
    await expect(Promise.race([settled, control("GET", "/__stats")])).resolves.toMatchObject({ status: 200 });
    expect(await delivered()).toBe("");
    await firehose.close();
    expect(await settled).toBe("broken");
    firehose = await start();
  });

  test("`accept_then_drop` stores the call, then breaks the connection", async () => {
    await control("POST", "/__faults", { mode: "accept_then_drop" });
    await expect(put(["a\n"])).rejects.toThrow("fetch failed");
    expect(await delivered()).toBe("a\n");
    expect(firehose.stats()).toMatchObject({ calls: 1, records: 1 });
  });

  test("`refuse_record` refuses a record that holds poison", async () => {
    await control("POST", "/__faults", { mode: "refuse_record", rate: 1 });
    expect(await statusAndBody(await put(["a\n"]))).toEqual({
      status: 200,
      body: {
        FailedPutCount: 1,
        Encrypted: false,
        RequestResponses: [{ ErrorCode: "InternalFailure", ErrorMessage: "The record cannot be processed." }],
      },
    });
    expect(await delivered()).toBe("");
  });
});

test("a taken port is an error, before anything in the directory is touched", async () => {
  await put(["a\n"]);
  const port = Number(new URL(firehose.url).port);
  const options = { data, stream: STREAM, region: REGION, credentials: CREDENTIALS };
  await expect(createFirehose({ ...options, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect(firehose.stats()).toMatchObject({ objects: 0 });
  expect(await delivered()).toBe("a\n");
});

test("what was accepted outlives a restart, in whatever order calls and restarts come", async () => {
  const lines = fc.array(fc.stringMatching(/^[a-zé{}":]{0,20}$/), { minLength: 1, maxLength: 5 });
  const step = fc.oneof(
    { weight: 4, arbitrary: lines },
    { weight: 1, arbitrary: fc.constant("restart" as const) },
  );
  let expected: string[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      let since = firehose.stats().events;
      for (const next of steps) {
        if (next === "restart") {
          await firehose.close();
          firehose = await start();
          since = 0;
        } else {
          await put(next.map((line) => `${line}\n`));
          since += next.length;
          expected = [...expected, ...next];
        }
      }
      expect(firehose.stats().events).toBe(since);
      expect((await delivered()).split("\n").slice(0, -1).sort()).toEqual([...expected].sort());
    }),
    { numRuns: 25 },
  );
});
