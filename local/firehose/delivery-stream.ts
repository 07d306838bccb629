import { randomUUID } from "node:crypto";
import { FirehoseError } from "./errors.ts";
import { drawCallFate, type Fault, NO_FAULT, refuseRecord } from "./faults.ts";
import type { ObjectStore } from "./objects.ts";
import { countAccepted, NO_STATS, type Stats } from "./stats.ts";

/** What a call is told. */
export type Outcome =
  | { kind: "answer"; body: object }
  /** Nothing was stored and nothing is said. */
  | { kind: "silence" }
  /** All was stored, but the connection breaks before the answer. */
  | { kind: "broken connection" };

/** The one delivery stream of the stand-in, with the fault in force. */
export interface DeliveryStream {
  /** Takes a call's records as far as the fault in force lets it; throws a FirehoseError where it refuses the call. */
  put(records: readonly Buffer[]): Outcome;
  fault(): Fault;
  setFault(fault: Fault): void;
  stats(): Stats;
}

/** A stream that keeps what it takes in `store` and draws its faults from `random` (0 to 1). */
export function createDeliveryStream(store: ObjectStore, random: () => number): DeliveryStream {
  let fault = NO_FAULT;
  let stats = NO_STATS;

  function put(records: readonly Buffer[]): Outcome {
    switch (drawCallFate(fault, random)) {
      case "refuse_unavailable":
        throw new FirehoseError("ServiceUnavailableException", "The service is unavailable.", 503);
      case "refuse_throttled":
        throw new FirehoseError("ThrottlingException", "Rate exceeded");
      case "hang":
        return { kind: "silence" };
      case "store_then_drop":
        take(records);
        return { kind: "broken connection" };
      case "answer":
        return { kind: "answer", body: take(records) };
    }
  }

  function take(records: readonly Buffer[]): object {
    const refusals = records.map((record) => refuseRecord(fault, record, random));
    const accepted = records.filter((_, index) => refusals[index] === undefined);
    if (accepted.length > 0) store.append(Buffer.concat(accepted));
    stats = countAccepted(stats, accepted);
    return {
      FailedPutCount: records.length - accepted.length,
      Encrypted: false,
      RequestResponses: refusals.map((refusal) => refusal ?? { RecordId: randomUUID() }),
    };
  }

  return {
    put,
    fault: () => fault,
    setFault: (next) => {
      fault = next;
    },
    stats: () => stats,
  };
}
