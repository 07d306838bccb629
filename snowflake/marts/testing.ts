import type { Row } from "../duckdb/index.ts";
import { insertion, openDeployed } from "../duckdb/testing.ts";

/** When it is in the tests of the marts: early in the afternoon, so that the day is not over. */
export const NOW = new Date("2026-11-21T13:00:00.000Z");

/** The game of a row that names none. */
export const GAME = "my_game";

/** A row of core.events; what it lacks is NULL, or what `event` fills in. */
export type EventRow = Row & { event_type: string; user_id: string; timestamp: string };

/** Core tables with rows made by hand, and the marts over them. */
export interface Marts extends AsyncDisposable {
  /** Puts events into core, with the purchases, players and sessions that follow from all events so far. */
  happened(...events: readonly EventRow[]): Promise<void>;
  /** A rate in USD for one unit, from a moment on. */
  rate(currency: string, usdPerUnit: string, validFrom: string): Promise<void>;
  query(sql: string): Promise<Row[]>;
}

/** Core and marts on an empty warehouse; SYSDATE() is `now`. */
export async function startMarts(now = NOW): Promise<Marts> {
  const warehouse = await openDeployed("50", { stage: "", now });
  return {
    async happened(...events) {
      for (const event of events) await warehouse.run(insertion("core.events", event));
      await warehouse.run(DERIVATION);
    },
    rate: (currency, usd_per_unit, valid_from) =>
      warehouse.run(insertion("core.exchange_rates", { currency, usd_per_unit, valid_from })),
    query: (sql) => warehouse.query(sql),
    [Symbol.asyncDispose]: () => warehouse.close(),
  };
}

let events = 0;

/** An event at a UTC time, as in `2026-11-20 23:59:59.999` or `2026-11-20`. Its id is its own, and says nothing of `seq`. */
export function event(
  event_type: string,
  user_id: string,
  timestamp: string,
  fields: Record<string, unknown> = {},
): EventRow {
  const event_id = `${String(++events).padStart(8, "0")}-0000-4000-8000-ffffffffffff`;
  const event_date = timestamp.slice(0, 10);
  return {
    event_id,
    event_type,
    game_id: GAME,
    user_id,
    session_id: "session-1",
    timestamp,
    event_date,
    ...fields,
  };
}

/** Some event: the player was there. */
export function seen(user: string, at: string, fields: Record<string, unknown> = {}): EventRow {
  return event("custom", user, at, fields);
}

/** A purchase of one unit for `price`, where `fields` say nothing else. */
export function purchase(
  user: string,
  at: string,
  price: string,
  currency: string,
  fields: Record<string, unknown> = {},
): EventRow {
  const product = { product_id: "coins", product_name: "1000 coins", quantity: 1, store: "app_store" };
  return event("purchase", user, at, { price, currency, ...product, ...fields });
}

/** What follows from the events, said as shortly as can be: how the load comes to the same, in steps, is tested with the load. */
const DERIVATION = `
  DELETE FROM core.fact_purchases;
  INSERT INTO core.fact_purchases (
    event_id, game_id, user_id, session_id, timestamp, event_date, platform, app_version, country, product_id,
    product_name, quantity, price, amount, currency, store, transaction_id, verified)
  SELECT
    event_id, game_id, user_id, session_id, timestamp, event_date, platform, app_version, country, product_id,
    product_name, quantity, price, price * quantity, currency, store, transaction_id, verified
  FROM core.events WHERE event_type = 'purchase';

  DELETE FROM core.dim_users;
  INSERT INTO core.dim_users (
    game_id, user_id, first_seen_at, first_event_id, first_platform, first_country, first_app_version, last_seen_at,
    installed_at, install_event_id, install_source, install_campaign, install_country, install_platform,
    install_app_version)
  WITH firsts AS (
    SELECT game_id, user_id, timestamp, event_id, platform, country, app_version FROM core.events
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, user_id ORDER BY timestamp, event_id) = 1
  ),
  lasts AS (SELECT game_id, user_id, MAX(timestamp) AS timestamp FROM core.events GROUP BY game_id, user_id),
  installs AS (
    SELECT game_id, user_id, timestamp, event_id, source, campaign, country, platform, app_version FROM core.events
    WHERE event_type = 'install'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, user_id ORDER BY timestamp, event_id) = 1
  )
  SELECT
    f.game_id, f.user_id, f.timestamp, f.event_id, f.platform, f.country, f.app_version, l.timestamp, i.timestamp,
    i.event_id, i.source, i.campaign, i.country, i.platform, i.app_version
  FROM firsts AS f
  JOIN lasts AS l ON l.game_id = f.game_id AND l.user_id = f.user_id
  LEFT JOIN installs AS i ON i.game_id = f.game_id AND i.user_id = f.user_id;

  DELETE FROM core.dim_sessions;
  INSERT INTO core.dim_sessions (
    game_id, user_id, session_id, started_at, first_event_id, platform, app_version, country, last_event_at,
    session_number, has_start, has_end, has_critical_error)
  WITH firsts AS (
    SELECT game_id, user_id, session_id, timestamp, event_id, platform, app_version, country FROM core.events
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, user_id, session_id ORDER BY timestamp, event_id) = 1
  ),
  wholes AS (
    SELECT
      game_id, user_id, session_id, MAX(timestamp) AS last_event_at, MAX(session_number) AS session_number,
      COUNT_IF(event_type = 'session_start') > 0 AS has_start,
      COUNT_IF(event_type = 'session_end') > 0 AS has_end,
      COUNT_IF(event_type = 'error' AND severity = 'critical') > 0 AS has_critical_error
    FROM core.events GROUP BY game_id, user_id, session_id
  )
  SELECT
    f.game_id, f.user_id, f.session_id, f.timestamp, f.event_id, f.platform, f.app_version, f.country,
    w.last_event_at, w.session_number, w.has_start, w.has_end, w.has_critical_error
  FROM firsts AS f
  JOIN wholes AS w ON w.game_id = f.game_id AND w.user_id = f.user_id AND w.session_id = f.session_id;
`;
