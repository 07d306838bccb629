/** What Amazon Data Firehose allows: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */

export const MAX_RECORDS_PER_CALL = 500;
/** 1,000 KiB, before base64. */
export const MAX_RECORD_BYTES = 1_024_000;
/** De-aggregation (dynamic partitioning, Lambda transforms) reads no further into a record. */
export const MAX_LINES_PER_RECORD = 500;

/** Direct PUT bills each record rounded up to 5 KB: https://aws.amazon.com/firehose/pricing/ */
const BILLING_STEP_BYTES = 5 * 1024;

/** What a record of so many bytes is billed as. */
export function billedBytes(recordBytes: number): number {
  return Math.ceil(recordBytes / BILLING_STEP_BYTES) * BILLING_STEP_BYTES;
}
