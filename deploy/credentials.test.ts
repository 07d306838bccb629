import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { CREDENTIALS, REGION, STREAM, type StandIn, startStandIn } from "../bench/faults/stand-in.ts";
import { checkCredentials } from "./credentials.ts";

const AT_ONCE = { withinMs: 0, pauseMs: 0 };

let firehose: StandIn;
beforeAll(async () => {
  firehose = await startStandIn();
});
afterAll(() => firehose.close());

const streamAt = (endpoint: string) => ({
  name: STREAM,
  region: REGION,
  endpoint,
  sessionToken: undefined,
  ...CREDENTIALS,
});

/** An AWS that answers so, one answer after the other, the last one for ever. */
async function aws(...answers: [status: number, type: string][]) {
  const server = createServer((request, response) => {
    request.resume();
    const [[status, type] = [500, ""]] = answers.length > 1 ? answers.splice(0, 1) : answers;
    response.writeHead(status).end(JSON.stringify({ __type: type, message: "…" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return streamAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

it("a genuine key is known by a signed call that stores nothing", async () => {
  expect(await checkCredentials(streamAt(firehose.url), AT_ONCE)).toEqual({ kind: "genuine" });
  expect(await firehose.collect()).toEqual([]);
  expect(firehose.calls()).toBe(0);
});

it.each<[string, object, string]>([
  ["of no user", { accessKeyId: "AKIANOBODY" }, "UnrecognizedClientException"],
  ["with another's secret", { secretAccessKey: "another's" }, "InvalidSignatureException"],
])("a key %s is refused, with what to do", async (_, changes, code) => {
  const verdict = await checkCredentials({ ...streamAt(firehose.url), ...changes }, AT_ONCE);
  expect(verdict).toEqual({
    kind: "wrong",
    code,
    message: expect.any(String),
    advice: expect.stringMatching(/set .* anew$/),
  });
});

it.each([
  ["AccessDeniedException", "allow the IAM user firehose:PutRecordBatch on the stream"],
  [
    "ResourceNotFoundException",
    "there is no such delivery stream: correct FIREHOSE_STREAM and AWS_REGION, or create the stream",
  ],
])("where AWS looks at more, it is told: %s", async (code, advice) => {
  expect(await checkCredentials(await aws([400, code]), AT_ONCE)).toEqual({
    kind: "wrong",
    code,
    message: "…",
    advice,
  });
});

it("a key that was made a moment ago is waited for", async () => {
  const stream = await aws([400, "UnrecognizedClientException"], [400, "ValidationException"]);
  expect(await checkCredentials(stream, { withinMs: 20_000, pauseMs: 0 })).toEqual({ kind: "genuine" });
});

it("an AWS that is away says nothing of the key", async () => {
  expect(await checkCredentials(await aws([503, "ServiceUnavailableException"]), AT_ONCE)).toEqual({
    kind: "unknown",
    problem: "ServiceUnavailableException: …",
  });
});
