import { eventJson, lineEnding, writeLines } from "./line.ts";

/** What a unit of a currency is worth, as the warehouse is told. */
export interface ExchangeRate {
  /** ISO 4217. */
  currency: string;
  /** US dollars for one unit, a decimal with 12 places: a double would not hold it. */
  usd_per_unit: string;
  /** From then on, until the currency's next rate: RFC 3339, UTC. */
  valid_from: string;
  /** Who published it, such as `ecb`. */
  source: string;
}

/**
 * The lines that tell the warehouse, such as
 *
 * `{"currency":"JPY","usd_per_unit":"0.006712345678","valid_from":"2026-11-20T00:00:00.000Z","source":"ecb",`
 * `"record_type":"exchange_rate","ingestion_timestamp":"2026-11-20T16:05:00.120Z","collector":"playtrail/0.1.0","request_id":"…"}`
 */
export function exchangeRateLines(
  rates: readonly ExchangeRate[],
  now: number,
  requestId: string,
): Uint8Array[] {
  const ending = lineEnding(now, requestId, "exchange_rate");
  return rates.map((rate) => writeLines([eventJson(rate)], ending).lines);
}
