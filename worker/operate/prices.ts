/** What is billed, by quantity. */
export interface Usage {
  requests: number;
  cpuMs: number;
  /** Of Durable Objects: RPC calls and alarms. */
  objectRequests: number;
  gbSeconds: number;
  rowsWritten: number;
  rowsRead: number;
  firehoseBytes: number;
}

const MILLION = 1_000_000;

/**
 * List prices in dollars, each for one. What a plan includes every month is left out: it is shared by all that an account runs.
 * Workers: https://developers.cloudflare.com/workers/platform/pricing/
 * Durable Objects: https://developers.cloudflare.com/durable-objects/platform/pricing/
 * Firehose, Direct PUT in us-east-1, first 500 TB a month, each record rounded up to 5 KB: https://aws.amazon.com/firehose/pricing/
 */
export const PRICES: Record<keyof Usage, number> = {
  requests: 0.3 / MILLION,
  cpuMs: 0.02 / MILLION,
  objectRequests: 0.15 / MILLION,
  gbSeconds: 12.5 / MILLION,
  rowsWritten: 1 / MILLION,
  rowsRead: 0.001 / MILLION,
  firehoseBytes: 0.029 / 2 ** 30,
};

/** An object that is awake is billed for this much memory, whatever it uses. */
export const OBJECT_GB = 0.128;

/** What a usage costs, in dollars, part by part. */
export function dollarsOf(usage: Usage): Usage {
  const dollars = { ...PRICES };
  for (const part of Object.keys(PRICES) as (keyof Usage)[]) dollars[part] *= usage[part];
  return dollars;
}

/** What it all costs together, in dollars. */
export function totalDollars(usage: Usage): number {
  return Object.values(dollarsOf(usage)).reduce((sum: number, dollars: number) => sum + dollars, 0);
}
