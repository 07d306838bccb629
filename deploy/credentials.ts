import { setTimeout as sleep } from "node:timers/promises";
import { adviceOn } from "../worker/firehose/advice.ts";
import type { PutOutcome } from "../worker/firehose/outcome.ts";
import { type FirehoseStream, firehose } from "../worker/firehose/put-record-batch.ts";
import type { Patience } from "./readiness.ts";

/** What AWS says of a key. `genuine`: id and secret belong together, and are in force. `unknown`: AWS did not say. */
export type Verdict =
  | { kind: "genuine" }
  | { kind: "wrong"; code: string; message: string; advice: string }
  | { kind: "unknown"; problem: string };

/** What AWS says of a key that was made a moment ago: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html */
const NOT_KNOWN_YET = "UnrecognizedClientException";

/**
 * Asks AWS about a key by a signed PutRecordBatch without a record, the one call that the collector's user may make: it stores nothing,
 * and costs nothing. Who signed is settled before what was sent is looked at, so a complaint about the missing records means that the
 * key is genuine. It need not mean that the user may write to the stream, or that there is one: AWS does not document which of
 * these it looks at first. Where it says so, it is told; that an event arrives proves the rest.
 */
export async function checkCredentials(
  stream: FirehoseStream,
  { withinMs, pauseMs }: Patience,
): Promise<Verdict> {
  const ask = firehose(stream);
  const deadline = performance.now() + withinMs;
  for (;;) {
    const verdict = verdictOf(await ask([]));
    const mayBeNew = verdict.kind === "wrong" && verdict.code === NOT_KNOWN_YET;
    if (!mayBeNew || performance.now() > deadline) return verdict;
    await sleep(pauseMs);
  }
}

function verdictOf(outcome: PutOutcome): Verdict {
  switch (outcome.kind) {
    case "answered":
    case "refused":
      return { kind: "genuine" };
    case "permanent": {
      const { code, message } = outcome;
      return { kind: "wrong", code, message, advice: adviceOn("permanent", code) ?? "" };
    }
    case "throttled":
    case "transient":
      return { kind: "unknown", problem: `${outcome.code}: ${outcome.message}` };
  }
}
