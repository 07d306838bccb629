import * as z from "zod";
import type { Totals } from "../queue/stats.ts";
import { PRICES } from "./prices.ts";

const MILLION = 1_000_000;
const dollars = z.number().min(0);

/** What a million accepted events have cost so far, in dollars. */
export const costSchema = z.object({
  usd: dollars.meta({ description: "both of these; requests and processor time are not in it" }),
  firehose_usd: dollars.meta({ description: "bytes that Firehose bills" }),
  rows_usd: dollars.meta({ description: "rows that the game's queues wrote" }),
  basis: z.literal("list prices, totals so far"),
});
export type Cost = z.infer<typeof costSchema>;

/** Of what the totals know: Firehose and rows, the dearest parts. 0 until an event was accepted. */
export function costPerMillion({ accepted, firehose_billed_bytes, rows_written }: Totals): Cost {
  const perMillion = (usd: number) => (accepted === 0 ? 0 : toMicros((usd * MILLION) / accepted));
  const firehose_usd = perMillion(firehose_billed_bytes * PRICES.firehoseBytes);
  const rows_usd = perMillion(rows_written * PRICES.rowsWritten);
  return {
    usd: toMicros(firehose_usd + rows_usd),
    firehose_usd,
    rows_usd,
    basis: "list prices, totals so far",
  };
}

const toMicros = (usd: number) => Math.round(usd * MILLION) / MILLION;
