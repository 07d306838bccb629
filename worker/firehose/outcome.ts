import * as z from "zod";

/** Why one record of a call was not taken: `ServiceUnavailableException` or `InternalFailure`. */
export interface RecordFailure {
  code: string;
  message: string;
}

/** What came of a PutRecordBatch call, told apart by what is to be done next. */
export type PutOutcome =
  /** The service judged each record; those not listed were taken. */
  | { kind: "answered"; failures: ReadonlyMap<number, RecordFailure> }
  /** Too much, too fast: send the same again, later. */
  | { kind: "throttled"; code: string; message: string }
  /** An outage, or no answer: the call may have been taken. Send the same again, later. */
  | { kind: "transient"; code: string; message: string }
  /** The service refuses what this call holds. */
  | { kind: "refused"; code: string; message: string }
  /** Nothing will be taken until an operator acts: no such stream, access denied. */
  | { kind: "permanent"; code: string; message: string };

/** As AWS's own SDKs count them (@smithy/service-error-classification): some arrive as a 400. */
const THROTTLING_CODES = new Set([
  "BandwidthLimitExceeded",
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);
const TRANSIENT_CODES = new Set(["InternalFailure", "RequestTimeout", "RequestTimeoutException"]);
const REFUSAL_CODES = new Set(["InvalidArgumentException", "SerializationException", "ValidationException"]);

const answerSchema = z.object({
  FailedPutCount: z.int().min(0),
  RequestResponses: z.array(
    z.object({ ErrorCode: z.string().optional(), ErrorMessage: z.string().optional() }),
  ),
});
const errorSchema = z.object({
  __type: z.string(),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** Reads an HTTP answer to a call of `records` records. */
export function outcomeOf(status: number, body: string, records: number): PutOutcome {
  return status === 200 ? answered(body, records) : failed(status, body);
}

function answered(body: string, records: number): PutOutcome {
  const answer = answerSchema.safeParse(parseJson(body));
  if (!answer.success || answer.data.RequestResponses.length !== records) {
    return { kind: "transient", code: "UnreadableAnswer", message: "200 without a result for each record" };
  }
  const failures = new Map<number, RecordFailure>();
  for (const [index, { ErrorCode, ErrorMessage = "" }] of answer.data.RequestResponses.entries()) {
    if (ErrorCode !== undefined) failures.set(index, { code: ErrorCode, message: ErrorMessage });
  }
  return { kind: "answered", failures };
}

function failed(status: number, body: string): PutOutcome {
  const error = errorSchema.safeParse(parseJson(body)).data;
  // "com.amazonaws.firehose#ThrottlingException" and "ThrottlingException:http://…" both occur.
  const code = error?.__type.replace(/^.*#/, "").replace(/:.*$/, "") ?? `Http${status}`;
  const message = error?.message ?? error?.Message ?? "";
  return { kind: kindOf(status, code), code, message };
}

function kindOf(status: number, code: string): Exclude<PutOutcome["kind"], "answered"> {
  if (status === 429 || THROTTLING_CODES.has(code)) return "throttled";
  if (status >= 500 || status < 400 || TRANSIENT_CODES.has(code)) return "transient";
  if (status === 413 || REFUSAL_CODES.has(code)) return "refused";
  return "permanent";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
