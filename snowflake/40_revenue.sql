-- What was earned, in the money of the purchase, in USD and in any currency that has rates.
-- Rates are looked up when a view is read: one that arrives late heals what was not converted, and nothing is rewritten.
-- The marts are views and hold no data, so they are replaced; CREATE OR ALTER VIEW cannot change what a view selects
-- (https://docs.snowflake.com/en/sql-reference/sql/create-view#create-or-alter-view-usage-notes).

USE ROLE &{database}_OWNER;
USE DATABASE &{database};
USE SCHEMA marts;

-- The duplicates are few and found in four columns: joined rather than marked by a window over all of them, so that a filter
-- on event_date still reads only its days.
CREATE OR REPLACE VIEW marts.purchases (
  event_id                 COMMENT 'The event of the purchase, core.fact_purchases',
  game_id                  COMMENT 'The game',
  user_id                  COMMENT 'The player',
  session_id               COMMENT 'The play session',
  timestamp                COMMENT 'When it was bought, UTC',
  event_date               COMMENT 'The day of timestamp, UTC: filter on it',
  platform                 COMMENT 'Where the game ran; NULL: not said',
  app_version              COMMENT 'Version of the game; NULL: not said',
  country                  COMMENT 'ISO 3166-1 alpha-2; NULL: unknown',
  product_id               COMMENT 'What was bought',
  product_name             COMMENT 'Its name at the time',
  store                    COMMENT 'Where it was bought',
  transaction_id           COMMENT 'Id that the store gave; NULL: none',
  is_verified              COMMENT 'The backend of the studio says that the store confirmed the receipt',
  quantity                 COMMENT 'Units bought',
  price                    COMMENT 'Price of one unit, in currency',
  amount                   COMMENT 'price × quantity: what was paid, in currency',
  currency                 COMMENT 'ISO 4217',
  usd_per_unit             COMMENT 'USD for one unit of currency: the latest rate that was valid at timestamp; NULL: none was',
  revenue_usd              COMMENT 'What it adds to revenue, USD: amount × usd_per_unit, to 6 decimals; 0 for a duplicate; NULL: not converted',
  is_converted             COMMENT 'A rate was known. FALSE: revenue_usd lacks it until a rate arrives',
  is_duplicate_transaction COMMENT 'Another event of the game has the same transaction_id of the same store, and counts: a verified one before others, then the earliest, of two at the same time that of the lesser event_id',
  counts_as_revenue        COMMENT 'Something was paid, and it is no duplicate: what purchases and payers are counted by'
)
  COPY GRANTS
  COMMENT = 'One row per purchase event, with its revenue in USD'
AS
WITH duplicates AS (
  SELECT p.event_id
  FROM core.fact_purchases AS p
  WHERE p.transaction_id IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY p.game_id, p.store, p.transaction_id ORDER BY IFF(p.verified, 0, 1), p.timestamp, p.event_id
  ) > 1
),
priced AS (
  SELECT
    p.event_id, p.game_id, p.user_id, p.session_id, p.timestamp, p.event_date, p.platform, p.app_version, p.country,
    p.product_id, p.product_name, p.store, p.transaction_id, p.verified, p.quantity, p.price, p.amount, p.currency, r.usd_per_unit
  FROM core.fact_purchases AS p
  ASOF JOIN core.exchange_rates AS r
    MATCH_CONDITION (p.timestamp >= r.valid_from)
    ON p.currency = r.currency
)
SELECT
  p.event_id, p.game_id, p.user_id, p.session_id, p.timestamp, p.event_date, p.platform, p.app_version, p.country,
  p.product_id, p.product_name, p.store, p.transaction_id, COALESCE(p.verified, FALSE) AS is_verified, p.quantity, p.price,
  p.amount, p.currency, p.usd_per_unit,
  IFF(d.event_id IS NULL, ROUND(p.amount * p.usd_per_unit, 6), 0)::NUMBER(38,6) AS revenue_usd,
  p.usd_per_unit IS NOT NULL AS is_converted,
  d.event_id IS NOT NULL AS is_duplicate_transaction,
  d.event_id IS NULL AND p.amount > 0 AS counts_as_revenue
FROM priced AS p
LEFT JOIN duplicates AS d ON d.event_id = p.event_id;

CREATE OR REPLACE VIEW marts.purchases_in_currency (
  event_id                 COMMENT 'The event of the purchase: marts.purchases has the rest of it',
  game_id                  COMMENT 'The game',
  user_id                  COMMENT 'The player',
  timestamp                COMMENT 'When it was bought, UTC',
  event_date               COMMENT 'The day of timestamp, UTC: filter on it',
  platform                 COMMENT 'Where the game ran; NULL: not said',
  reporting_currency       COMMENT 'ISO 4217, each one that has rates: filter on one, or every purchase is there many times',
  amount                   COMMENT 'What was paid, in currency',
  currency                 COMMENT 'ISO 4217: what it was paid in',
  revenue                  COMMENT 'What it adds to revenue, in reporting_currency, by the rates valid at timestamp, to 6 decimals; what was paid in it stays as it is; 0 for a duplicate; NULL: not converted',
  is_converted             COMMENT 'It was paid in reporting_currency, or rates of both were known',
  is_duplicate_transaction COMMENT 'Another event of the game has the same transaction_id of the same store, and counts',
  counts_as_revenue        COMMENT 'Something was paid, and it is no duplicate: what purchases and payers are counted by'
)
  COPY GRANTS
  COMMENT = 'One row per purchase event and reporting_currency'
AS
WITH reporting AS (
  SELECT DISTINCT r.currency FROM core.exchange_rates AS r
),
wanted AS (
  SELECT
    p.event_id, p.game_id, p.user_id, p.timestamp, p.event_date, p.platform, c.currency AS reporting_currency, p.amount,
    p.currency, p.usd_per_unit, p.is_duplicate_transaction, p.counts_as_revenue
  FROM marts.purchases AS p
  CROSS JOIN reporting AS c
),
priced AS (
  SELECT
    w.event_id, w.game_id, w.user_id, w.timestamp, w.event_date, w.platform, w.reporting_currency, w.amount,
    w.currency, w.usd_per_unit, w.is_duplicate_transaction, w.counts_as_revenue,
    w.currency = w.reporting_currency AS is_as_paid, r.usd_per_unit AS usd_per_reporting_unit
  FROM wanted AS w
  ASOF JOIN core.exchange_rates AS r
    MATCH_CONDITION (w.timestamp >= r.valid_from)
    ON w.reporting_currency = r.currency
)
SELECT
  p.event_id, p.game_id, p.user_id, p.timestamp, p.event_date, p.platform, p.reporting_currency, p.amount, p.currency,
  CASE
    WHEN p.is_duplicate_transaction THEN 0
    WHEN p.is_as_paid THEN p.amount
    ELSE ROUND(p.amount * p.usd_per_unit / p.usd_per_reporting_unit, 6)
  END::NUMBER(38,6) AS revenue,
  p.is_as_paid OR (p.usd_per_unit IS NOT NULL AND p.usd_per_reporting_unit IS NOT NULL) AS is_converted,
  p.is_duplicate_transaction, p.counts_as_revenue
FROM priced AS p;

CREATE OR REPLACE VIEW marts.daily_revenue (
  event_date             COMMENT 'The day, UTC: filter on it',
  game_id                COMMENT 'The game',
  platform               COMMENT 'Where the game ran; NULL: not said',
  currency               COMMENT 'ISO 4217: what was paid in',
  purchases              COMMENT 'Purchases that count: something was paid, and they are no duplicates',
  paying_users           COMMENT 'Players with such a purchase; not additive: one may stand in several rows',
  quantity               COMMENT 'Units in such purchases',
  amount                 COMMENT 'Paid in such purchases, in currency',
  revenue_usd            COMMENT 'Revenue of those that could be converted, USD; NULL: none could',
  verified_revenue_usd   COMMENT 'What of it is verified: the backend of the studio says that the store confirmed the receipt. USD; 0: none is, or none could be converted',
  unconverted_purchases  COMMENT 'Purchases that count and that revenue_usd lacks: no rate of currency was known',
  unconverted_amount     COMMENT 'Paid in those, in currency',
  duplicate_purchases    COMMENT 'Purchase events left out because their transaction counts already',
  free_purchases         COMMENT 'Purchase events left out because nothing was paid'
)
  COPY GRANTS
  COMMENT = 'One row per day, game, platform and currency in which something was bought'
AS
SELECT
  p.event_date, p.game_id, p.platform, p.currency,
  COUNT_IF(p.counts_as_revenue) AS purchases,
  COUNT(DISTINCT IFF(p.counts_as_revenue, p.user_id, NULL)) AS paying_users,
  SUM(IFF(p.counts_as_revenue, p.quantity, 0)) AS quantity,
  SUM(IFF(p.counts_as_revenue, p.amount, 0)) AS amount,
  SUM(p.revenue_usd) AS revenue_usd,
  SUM(IFF(p.is_verified, COALESCE(p.revenue_usd, 0), 0)) AS verified_revenue_usd,
  COUNT_IF(p.counts_as_revenue AND NOT p.is_converted) AS unconverted_purchases,
  SUM(IFF(p.counts_as_revenue AND NOT p.is_converted, p.amount, 0)) AS unconverted_amount,
  COUNT_IF(p.is_duplicate_transaction) AS duplicate_purchases,
  COUNT_IF(p.amount = 0 AND NOT p.is_duplicate_transaction) AS free_purchases
FROM marts.purchases AS p
GROUP BY p.event_date, p.game_id, p.platform, p.currency;

CREATE OR REPLACE VIEW marts.daily_revenue_in_currency (
  event_date            COMMENT 'The day, UTC: filter on it',
  game_id               COMMENT 'The game',
  platform              COMMENT 'Where the game ran; NULL: not said',
  reporting_currency    COMMENT 'ISO 4217, each one that has rates: filter on one, or the same revenue is there many times',
  purchases             COMMENT 'Purchases that count, in whatever currency: something was paid, and they are no duplicates',
  revenue               COMMENT 'Revenue of those that could be converted, in reporting_currency; NULL: none could',
  unconverted_purchases COMMENT 'Purchases that count and that revenue lacks: a rate was not known'
)
  COPY GRANTS
  COMMENT = 'One row per day, game, platform and reporting_currency'
AS
SELECT
  p.event_date, p.game_id, p.platform, p.reporting_currency,
  COUNT_IF(p.counts_as_revenue) AS purchases,
  SUM(p.revenue) AS revenue,
  COUNT_IF(p.counts_as_revenue AND NOT p.is_converted) AS unconverted_purchases
FROM marts.purchases_in_currency AS p
GROUP BY p.event_date, p.game_id, p.platform, p.reporting_currency;

CREATE OR REPLACE VIEW marts.ad_events (
  event_id     COMMENT 'The event, core.events',
  game_id      COMMENT 'The game',
  user_id      COMMENT 'The player',
  session_id   COMMENT 'The play session',
  timestamp    COMMENT 'When it happened, UTC',
  event_date   COMMENT 'The day of timestamp, UTC: filter on it',
  platform     COMMENT 'Where the game ran; NULL: not said',
  app_version  COMMENT 'Version of the game; NULL: not said',
  country      COMMENT 'ISO 3166-1 alpha-2; NULL: unknown',
  action       COMMENT 'shown, clicked, rewarded or failed',
  ad_type      COMMENT 'rewarded_video, interstitial, banner …',
  placement    COMMENT 'Where in the game; NULL: not said',
  network      COMMENT 'The ad network; NULL: not said',
  revenue      COMMENT 'What it earned, in currency; NULL: nothing was said of it',
  currency     COMMENT 'ISO 4217 of revenue',
  usd_per_unit COMMENT 'USD for one unit of currency: the latest rate that was valid at timestamp; NULL: none was',
  revenue_usd  COMMENT 'What it adds to revenue, USD: revenue × usd_per_unit, to 6 decimals; 0 without revenue; NULL: not converted',
  is_converted COMMENT 'It has no revenue, or a rate was known. FALSE: revenue_usd lacks it until a rate arrives'
)
  COPY GRANTS
  COMMENT = 'One row per ad event, with its revenue in USD'
AS
SELECT
  e.event_id, e.game_id, e.user_id, e.session_id, e.timestamp, e.event_date, e.platform, e.app_version, e.country,
  e.action, e.ad_type, e.placement, e.network, e.revenue, e.currency, r.usd_per_unit,
  IFF(e.revenue IS NULL, 0, ROUND(e.revenue * r.usd_per_unit, 6))::NUMBER(38,6) AS revenue_usd,
  e.revenue IS NULL OR r.usd_per_unit IS NOT NULL AS is_converted
FROM core.events AS e
ASOF JOIN core.exchange_rates AS r
  MATCH_CONDITION (e.timestamp >= r.valid_from)
  ON e.currency = r.currency
WHERE e.event_type = 'ad';

CREATE OR REPLACE VIEW marts.ad_revenue (
  event_date         COMMENT 'The day, UTC: filter on it',
  game_id            COMMENT 'The game',
  network            COMMENT 'The ad network; NULL: not said',
  ad_type            COMMENT 'rewarded_video, interstitial, banner …',
  placement          COMMENT 'Where in the game; NULL: not said',
  shown              COMMENT 'Ads shown: impressions',
  clicked            COMMENT 'Ads clicked',
  rewarded           COMMENT 'Ads that the player was rewarded for',
  failed             COMMENT 'Ads that could not be shown',
  revenue_usd        COMMENT 'What events of all four actions earned, USD, as far as it could be converted; NULL: nothing could',
  unconverted_events COMMENT 'Ad events with revenue that revenue_usd lacks: no rate was known',
  ecpm_usd           COMMENT 'revenue_usd per 1,000 ads shown, USD; NULL: none was shown'
)
  COPY GRANTS
  COMMENT = 'One row per day, game, network, ad_type and placement'
AS
WITH daily AS (
  SELECT
    a.event_date, a.game_id, a.network, a.ad_type, a.placement,
    COUNT_IF(a.action = 'shown') AS shown,
    COUNT_IF(a.action = 'clicked') AS clicked,
    COUNT_IF(a.action = 'rewarded') AS rewarded,
    COUNT_IF(a.action = 'failed') AS failed,
    SUM(a.revenue_usd) AS revenue_usd,
    COUNT_IF(NOT a.is_converted) AS unconverted_events
  FROM marts.ad_events AS a
  GROUP BY a.event_date, a.game_id, a.network, a.ad_type, a.placement
)
SELECT
  d.event_date, d.game_id, d.network, d.ad_type, d.placement, d.shown, d.clicked, d.rewarded, d.failed, d.revenue_usd,
  d.unconverted_events,
  ROUND(d.revenue_usd * 1000 / NULLIF(d.shown, 0), 6)::NUMBER(38,6) AS ecpm_usd
FROM daily AS d;
