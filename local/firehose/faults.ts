import { createHash } from "node:crypto";

/**
 * What the stand-in does wrong, and how often (`rate`, 0 to 1):
 * - `none`: nothing.
 * - `unavailable`, `throttle`: that share of calls is refused whole, with 503 and with 400 ThrottlingException.
 * - `timeout`: that share of calls stores nothing and is never answered.
 * - `accept_then_drop`: that share of calls is stored, then the connection breaks before the answer.
 * - `partial`: each record fails with that probability; the call succeeds.
 * - `refuse_record`: that share of lines is poison, or with `match` each line that contains that text: a record that holds one
 *   is refused for good.
 */
export const FAULT_MODES = [
  "none",
  "unavailable",
  "throttle",
  "partial",
  "timeout",
  "accept_then_drop",
  "refuse_record",
] as const;

export type FaultMode = (typeof FAULT_MODES)[number];

/** The fault in force. */
export interface Fault {
  mode: FaultMode;
  /** 0 to 1. */
  rate: number;
  /** What makes a line poison with `refuse_record`, whatever the rate. */
  match?: string;
}

/** What becomes of a whole call. */
export type CallFate = "answer" | "refuse_unavailable" | "refuse_throttled" | "hang" | "store_then_drop";

/** Why one record was not taken, as PutRecordBatch reports it. */
export interface RecordRefusal {
  ErrorCode: string;
  ErrorMessage: string;
}

export const NO_FAULT: Fault = { mode: "none", rate: 1 };

/** Reads the body of `POST /__faults`; throws a RangeError that names the field which is wrong. */
export function parseFault(body: unknown): Fault {
  if (typeof body !== "object" || body === null)
    throw new RangeError('the body must be like {"mode":"none"}');
  const { mode, rate = 1, match, ...rest } = body as Record<string, unknown>;
  const known = FAULT_MODES.find((name) => name === mode);
  if (known === undefined) {
    throw new RangeError(`mode must be one of ${FAULT_MODES.join(", ")}; got ${JSON.stringify(mode)}`);
  }
  if (typeof rate !== "number" || !(rate >= 0 && rate <= 1)) {
    throw new RangeError(`rate must be a number from 0 to 1; got ${JSON.stringify(rate)}`);
  }
  if (match !== undefined && (typeof match !== "string" || match === "")) {
    throw new RangeError(`match must be the text that makes a line poison; got ${JSON.stringify(match)}`);
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new RangeError(`${unknown} is unknown: only mode, rate and match can be set`);
  return match === undefined ? { mode: known, rate } : { mode: known, rate, match };
}

/** Draws what becomes of the next call. */
export function drawCallFate(fault: Fault, random: () => number): CallFate {
  const fate = FATE_OF_MODE[fault.mode];
  return fate !== "answer" && random() < fault.rate ? fate : "answer";
}

const FATE_OF_MODE: Record<FaultMode, CallFate> = {
  none: "answer",
  unavailable: "refuse_unavailable",
  throttle: "refuse_throttled",
  timeout: "hang",
  accept_then_drop: "store_then_drop",
  partial: "answer",
  refuse_record: "answer",
};

/** Why `record` is not taken; undefined where it is. */
export function refuseRecord(fault: Fault, record: Buffer, random: () => number): RecordRefusal | undefined {
  switch (fault.mode) {
    case "partial":
      if (random() >= fault.rate) return undefined;
      return { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." };
    case "refuse_record":
      if (!holdsPoison(record, fault)) return undefined;
      return { ErrorCode: "InternalFailure", ErrorMessage: "The record cannot be processed." };
    default:
      return undefined;
  }
}

function holdsPoison(record: Buffer, { rate, match }: Fault): boolean {
  if (match !== undefined) return record.includes(match);
  return lines(record).some((line) => isPoison(line, rate));
}

/** Decided by the line alone, so that the same one is refused each time, whatever record it travels in. */
export function isPoison(line: string, rate: number): boolean {
  return createHash("sha256").update(line).digest().readUInt32BE() / 2 ** 32 < rate;
}

function lines(record: Buffer): string[] {
  return record
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}
