/** What the stand-in took since it started. What it refused counts nowhere. */
export interface Stats {
  /** Calls of which at least one record was taken. */
  calls: number;
  records: number;
  /** Lines, each ended by a newline. */
  events: number;
  bytes: number;
  /** What AWS would bill for. */
  billed_bytes: number;
}

export const NO_STATS: Stats = { calls: 0, records: 0, events: 0, bytes: 0, billed_bytes: 0 };

/** Direct PUT bills each record rounded up to 5 KB: https://aws.amazon.com/firehose/pricing/ */
const BILLING_STEP_BYTES = 5_120;
const NEWLINE = 0x0a;

/** The stats after one more call, of which `records` were taken. */
export function countAccepted(stats: Stats, records: readonly Uint8Array[]): Stats {
  const sum = (measure: (record: Uint8Array) => number) =>
    records.reduce((total, record) => total + measure(record), 0);
  return {
    calls: stats.calls + (records.length > 0 ? 1 : 0),
    records: stats.records + records.length,
    events: stats.events + sum(countLines),
    bytes: stats.bytes + sum((record) => record.byteLength),
    billed_bytes:
      stats.billed_bytes +
      sum((record) => Math.ceil(record.byteLength / BILLING_STEP_BYTES) * BILLING_STEP_BYTES),
  };
}

function countLines(record: Uint8Array): number {
  let count = 0;
  for (let at = record.indexOf(NEWLINE); at !== -1; at = record.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
