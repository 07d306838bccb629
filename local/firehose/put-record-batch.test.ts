import { expect, test } from "vitest";
import { FirehoseError } from "./errors.ts";
import { parsePutRecordBatch } from "./put-record-batch.ts";

const TARGET = "Firehose_20150804.PutRecordBatch";

function records(...sizes: number[]): { Data: string }[] {
  return sizes.map((size) => ({ Data: Buffer.alloc(size, "x").toString("base64") }));
}

/** "accepted", or the name of the error and its message. */
function answerTo(body: unknown, target: string | undefined = TARGET): string {
  try {
    parsePutRecordBatch(target, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
    return "accepted";
  } catch (error) {
    if (error instanceof FirehoseError) return `${error.type}: ${error.message}`;
    throw error;
  }
}

test("records come out decoded, in the order sent", () => {
  const body = {
    DeliveryStreamName: "events",
    Records: [{ Data: "YQo=" }, { Data: "YgpjCg==" }, { Data: "" }],
  };
  expect(parsePutRecordBatch(TARGET, Buffer.from(JSON.stringify(body)))).toEqual({
    stream: "events",
    records: [Buffer.from("a\n"), Buffer.from("b\nc\n"), Buffer.alloc(0)],
  });
});

test("the limits are inclusive", () => {
  expect(answerTo({ DeliveryStreamName: "s", Records: records(...Array(500).fill(10)) })).toBe("accepted");
  expect(answerTo({ DeliveryStreamName: "s", Records: records(1_024_000) })).toBe("accepted");
  expect(answerTo({ DeliveryStreamName: "s", Records: records(...Array(4).fill(1_024_000), 98_304) })).toBe(
    "accepted",
  );
});

test.each<[string, unknown, string]>([
  [
    "501 records",
    { DeliveryStreamName: "s", Records: records(...Array(501).fill(1)) },
    "ValidationException: 1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500",
  ],
  [
    "no record",
    { DeliveryStreamName: "s", Records: [] },
    "ValidationException: 1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    "a record of more than 1,000 KiB",
    { DeliveryStreamName: "s", Records: records(1, 1_024_001) },
    "ValidationException: 1 validation error detected: Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1024000",
  ],
  [
    "more than 4 MiB",
    { DeliveryStreamName: "s", Records: records(...Array(4).fill(1_024_000), 98_305) },
    "InvalidArgumentException: Records size exceeds 4 MB limit: 4194305 bytes, at most 4194304.",
  ],
  [
    "what is not base64",
    { DeliveryStreamName: "s", Records: [{ Data: "{}" }] },
    "SerializationException: Records[0].Data is not valid base64.",
  ],
  [
    "a record without data",
    { DeliveryStreamName: "s", Records: [null] },
    "SerializationException: Records[0].Data must be a string.",
  ],
  ["no records", { DeliveryStreamName: "s" }, "SerializationException: Records must be a list."],
  ["no stream", { Records: records(1) }, "SerializationException: DeliveryStreamName must be a string."],
  ["a list", [], "SerializationException: The body must be an object."],
  ["what is not JSON", "{", "SerializationException: The body is not JSON."],
])("%s is refused", (_, body, answer) => {
  expect(answerTo(body)).toBe(answer);
});

test("another operation is refused", () => {
  expect(answerTo({}, "Firehose_20150804.PutRecord")).toBe(
    "UnknownOperationException: X-Amz-Target must be Firehose_20150804.PutRecordBatch, not 'Firehose_20150804.PutRecord'.",
  );
});
