import { adviceOn } from "../worker/firehose/advice.ts";
import { type FirehoseStream, firehose } from "../worker/firehose/put-record-batch.ts";

/** What AWS says of a key. `genuine`: id and secret belong together, and are in force. `unknown`: AWS did not say. */
export type Verdict =
  | { kind: "genuine" }
  | { kind: "wrong"; problem: string; advice: string }
  | { kind: "unknown"; problem: string };

/**
 * Asks AWS about a key by a signed PutRecordBatch without a record, the one call that the collector's user may make: it stores nothing,
 * and costs nothing. Who signed is settled before what was sent is looked at, so a complaint about the missing records means that the
 * key is genuine. It need not mean that the user may write to the stream, or that there is one: AWS does not document which of
 * these it looks at first. Where it says so, it is told; that an event arrives proves the rest.
 */
export async function checkCredentials(stream: FirehoseStream): Promise<Verdict> {
  const outcome = await firehose(stream)([]);
  switch (outcome.kind) {
    case "answered":
    case "refused":
      return { kind: "genuine" };
    case "permanent": {
      const { code, message } = outcome;
      return { kind: "wrong", problem: `${code}: ${message}`, advice: adviceOn("permanent", code) ?? "" };
    }
    case "throttled":
    case "transient":
      return { kind: "unknown", problem: `${outcome.code}: ${outcome.message}` };
  }
}
