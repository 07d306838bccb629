/** What Cloudflare bills of Durable Objects, as `workers/meter.ts` counts it. */
export interface Meter {
  /** RPC calls, but for those that ask for numbers. */
  calls: number;
  alarms: number;
  /** Each alarm that is set is one. */
  rowsWritten: number;
  rowsRead: number;
}
