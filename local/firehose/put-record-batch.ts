import { FirehoseError } from "./errors.ts";

/** A lawful PutRecordBatch call, its records decoded. */
export interface PutRecordBatch {
  stream: string;
  /** In the order sent. */
  records: Buffer[];
}

const TARGET = "Firehose_20150804.PutRecordBatch";
/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html: both byte limits are of decoded data. */
const MAX_RECORDS = 500;
const MAX_CALL_BYTES = 4 * 1024 * 1024;
const MAX_RECORD_BYTES = 1_024_000;

/** Reads a call's target and body; throws the FirehoseError that AWS would answer. */
export function parsePutRecordBatch(target: string | undefined, body: Buffer): PutRecordBatch {
  if (target !== TARGET) {
    throw new FirehoseError("UnknownOperationException", `X-Amz-Target must be ${TARGET}, not '${target}'.`);
  }
  const { DeliveryStreamName: stream, Records: entries } = parseObject(body);
  if (typeof stream !== "string") throw serialization("DeliveryStreamName must be a string.");
  if (!Array.isArray(entries)) throw serialization("Records must be a list.");
  if (entries.length === 0) throw validation("records", "length greater than or equal to 1");
  if (entries.length > MAX_RECORDS)
    throw validation("records", `length less than or equal to ${MAX_RECORDS}`);

  const records = entries.map(decodeRecord);
  const bytes = records.reduce((sum, record) => sum + record.byteLength, 0);
  if (bytes > MAX_CALL_BYTES) {
    throw new FirehoseError(
      "InvalidArgumentException",
      `Records size exceeds 4 MB limit: ${bytes} bytes, at most ${MAX_CALL_BYTES}.`,
    );
  }
  return { stream, records };
}

function parseObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw serialization("The body is not JSON.");
  }
  if (!isObject(value)) throw serialization("The body must be an object.");
  return value;
}

function decodeRecord(entry: unknown, index: number): Buffer {
  const data = isObject(entry) ? entry.Data : undefined;
  if (typeof data !== "string") throw serialization(`Records[${index}].Data must be a string.`);
  const record = Buffer.from(data, "base64");
  // Node decodes around what is not base64: only text that comes back the same was base64.
  if (record.toString("base64") !== data) throw serialization(`Records[${index}].Data is not valid base64.`);
  if (record.byteLength > MAX_RECORD_BYTES) {
    throw validation(`records.${index + 1}.member.data`, `length less than or equal to ${MAX_RECORD_BYTES}`);
  }
  return record;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function serialization(message: string): FirehoseError {
  return new FirehoseError("SerializationException", message);
}

function validation(path: string, constraint: string): FirehoseError {
  return new FirehoseError(
    "ValidationException",
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must have ${constraint}`,
  );
}
