import { Buffer } from "node:buffer";
import { AwsClient } from "aws4fetch";
import { outcomeOf, type PutOutcome } from "./outcome.ts";

/** A delivery stream and who may write to it. */
export interface FirehoseStream {
  name: string;
  region: string;
  /** Empty: AWS's own. */
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

/** Sends records, each a chain of byte chunks, in one call. Never throws: no answer is an outcome too. */
export type PutRecordBatch = (records: Uint8Array[][]) => Promise<PutOutcome>;

/** A call that takes longer may have been taken; it counts as lost and is sent again. */
const CALL_TIMEOUT_MS = 15_000;

/**
 * Signed PutRecordBatch calls to one stream: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 * aws4fetch must not retry: it knows nothing of records that fail alone, nor of a 400 that means "slow down".
 */
export function firehose(stream: FirehoseStream): PutRecordBatch {
  const { name, region, accessKeyId, secretAccessKey, sessionToken } = stream;
  const url = stream.endpoint || `https://firehose.${region}.amazonaws.com/`;
  const aws = new AwsClient({
    accessKeyId,
    secretAccessKey,
    sessionToken,
    region,
    service: "firehose",
    retries: 0,
  });

  return async function putRecordBatch(records) {
    // Not AbortSignal.timeout: its timer cannot be cleared, and would keep the object from sleeping long after the answer.
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new DOMException("no answer in time", "TimeoutError")),
      CALL_TIMEOUT_MS,
    );
    try {
      const response = await aws.fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": "Firehose_20150804.PutRecordBatch",
        },
        body: requestBody(name, records),
        signal: deadline.signal,
      });
      return outcomeOf(response.status, await response.text(), records.length);
    } catch (error) {
      const { name, message } = error as Error;
      return { kind: "transient", code: name === "TimeoutError" ? name : "NetworkError", message };
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Base64 needs no escaping, and a stream's name has none to escape: writing the JSON by hand saves a pass over a megabyte. */
function requestBody(stream: string, records: Uint8Array[][]): string {
  const data = records.map((chunks) => `{"Data":"${Buffer.concat(chunks).toString("base64")}"}`);
  return `{"DeliveryStreamName":"${stream}","Records":[${data.join(",")}]}`;
}
