import { createHash } from "node:crypto";

/** Lines as the collector writes them: docs/events.md, "The delivered line". */

const RECEIVED = "2026-11-21T12:00:03.120Z";

/** What the collector itself adds. */
const common = { ingestion_timestamp: RECEIVED, collector: "playtrail/0.1.0", request_id: "req-1" };

/** The UUID that stands for a short name in a test. */
export function idOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** An event's line: a custom event of player-1, where `fields` say nothing else. */
export function eventLine(name: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const { timestamp = "2026-11-21T12:00:00.000Z", ...rest } = fields;
  return {
    event_id: idOf(name),
    event_type: "custom",
    user_id: "player-1",
    session_id: "session-1",
    platform: "ios",
    app_version: "1.4.2",
    schema_version: "1.0",
    country: "DE",
    ...(rest.event_type === undefined && { name }),
    game_id: "my_game",
    timestamp,
    client_timestamp: timestamp,
    record_type: "event",
    ...common,
    ...rest,
  };
}

/** A purchase of 4.99 EUR, where `fields` say nothing else. */
export function purchaseLine(name: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const product = { product_id: "coins", product_name: "1000 coins", quantity: 1 };
  const money = { price: "4.99", currency: "EUR", store: "app_store" };
  return eventLine(name, { event_type: "purchase", ...product, ...money, ...fields });
}

export function rejectedLine(name: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    event_id: null,
    event_type: "purchase",
    user_id: "player-1",
    app_version: "1.4.2",
    game_id: "my_game",
    errors: [{ path: "price", code: "invalid_decimal", message: "must be a decimal" }],
    raw: JSON.stringify({ event_type: "purchase", price: name }),
    raw_bytes: 100,
    record_type: "rejected",
    ...common,
    ...fields,
  };
}

export function rateLine(
  currency: string,
  usdPerUnit: string,
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    currency,
    usd_per_unit: usdPerUnit,
    valid_from: "2026-11-20T00:00:00.000Z",
    source: "ecb",
    record_type: "exchange_rate",
    ...common,
    ...fields,
  };
}

export function erasureLine(user: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    game_id: "my_game",
    user_id: user,
    erasure_id: idOf(`erasure of ${user}`),
    requested_at: "2026-11-21T12:30:00.000Z",
    record_type: "erasure",
    ...common,
    ...fields,
  };
}
