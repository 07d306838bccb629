-- Whether the numbers can be trusted: what is unknown, late, double, refused, lost, without a rate, or unlike other days.
-- Each view says what is so; from where on that is worth a mail is said once, in quality.thresholds.
-- CREATE OR ALTER VIEW cannot change what a view selects; views hold nothing, so they are replaced.

-- COPY_HISTORY and what 80_cost.sql reads.
USE ROLE ACCOUNTADMIN;
GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE &{database}_OWNER;

USE ROLE &{database}_OWNER;
USE DATABASE &{database};
USE SCHEMA quality;

CREATE OR REPLACE VIEW quality.thresholds (
  stale_after_seconds   COMMENT 'A game is stale after so many seconds without an event',
  stale_min_events      COMMENT 'Only games with at least so many events received in the last 7 days can be stale: others have quiet nights',
  load_waiting_seconds  COMMENT 'The load is late when a line has waited so many seconds for it',
  reject_share          COMMENT 'Share of the events of a game, version and day from which on rejections matter, 0 to 1',
  reject_min_events     COMMENT 'Below so many events of a game, version and day no share is judged',
  rate_age_seconds      COMMENT 'Exchange rates are old when the latest one began to hold so many seconds ago',
  anomaly_z             COMMENT 'An hour stands out from this absolute robust z-score on',
  anomaly_min_days      COMMENT 'Days of history that a game needs before its hours are judged',
  mad_floor_revenue     COMMENT 'The least MAD that is believed of revenue, USD',
  mad_floor_installs    COMMENT 'The least MAD that is believed of installs, a count',
  mad_floor_errors      COMMENT 'The least MAD that is believed of errors, a count',
  quiet_hours           COMMENT 'Hours for which a finding that was told is not told again'
)
  COPY GRANTS
  COMMENT = 'One row: from where on a finding is worth a mail'
AS
SELECT
  6 * 3600 AS stale_after_seconds,
  1000 AS stale_min_events,
  1800 AS load_waiting_seconds,
  0.05::FLOAT AS reject_share,
  100 AS reject_min_events,
  -- The ECB publishes on business days at about 15:00 UTC: around Easter, rates of a Thursday hold until Tuesday afternoon.
  6 * 86400 AS rate_age_seconds,
  -- Iglewicz and Hoaglin, How to Detect and Handle Outliers (ASQC, 1993): they call |z| > 3.5 a potential outlier.
  3.5::FLOAT AS anomaly_z,
  14 AS anomaly_min_days,
  10::NUMBER(38,6) AS mad_floor_revenue,
  3 AS mad_floor_installs,
  10 AS mad_floor_errors,
  23 AS quiet_hours;

-- To the analysts, unknown_fields is an array of its names (70_governance.sql): they see the fields, without types and examples.
CREATE OR REPLACE VIEW quality.schema_drift (
  day           COMMENT 'Day of the event, UTC',
  game_id       COMMENT 'The game',
  app_version   COMMENT 'Version of the game',
  event_type    COMMENT 'Type of the event',
  field         COMMENT 'Name of the field that no column is for',
  value_type    COMMENT 'Type of its value: VARCHAR, INTEGER, DECIMAL, DOUBLE, BOOLEAN, ARRAY, OBJECT or NULL_VALUE; NULL: masked',
  events        COMMENT 'Events that bring the field with such a value',
  first_seen_at COMMENT 'The first of them, UTC',
  last_seen_at  COMMENT 'The latest of them, UTC',
  example       COMMENT 'One of the values, cut at 100 characters; NULL: masked'
)
  COPY GRANTS
  COMMENT = 'One row per day, game, version, event type, unknown field and type of its value'
AS
SELECT
  e.event_date AS day,
  e.game_id,
  e.app_version,
  e.event_type,
  COALESCE(f.key, f.value::VARCHAR) AS field,
  IFF(f.key IS NULL, NULL, TYPEOF(f.value)) AS value_type,
  COUNT(*) AS events,
  MIN(e.timestamp) AS first_seen_at,
  MAX(e.timestamp) AS last_seen_at,
  LEFT(MIN(IFF(f.key IS NULL, NULL, f.value::VARCHAR)), 100) AS example
FROM core.events AS e,
  LATERAL FLATTEN(INPUT => e.unknown_fields) AS f
GROUP BY
  e.event_date,
  e.game_id,
  e.app_version,
  e.event_type,
  COALESCE(f.key, f.value::VARCHAR),
  IFF(f.key IS NULL, NULL, TYPEOF(f.value));

CREATE OR REPLACE VIEW quality.freshness (
  game_id          COMMENT 'The game; one that sent nothing for 31 days is not listed',
  last_received_at COMMENT 'When the collector received its latest event, UTC',
  last_loaded_at   COMMENT 'When an event of it was last copied into the warehouse, UTC',
  lag_seconds      COMMENT 'Seconds since last_received_at',
  events_7d        COMMENT 'Events received in the last 7 days'
)
  COPY GRANTS
  COMMENT = 'One row per game: how old its newest data is'
AS
SELECT
  game_id,
  MAX(ingestion_timestamp) AS last_received_at,
  MAX(loaded_at) AS last_loaded_at,
  DATEDIFF(second, MAX(ingestion_timestamp), SYSDATE()) AS lag_seconds,
  COUNT_IF(ingestion_timestamp >= DATEADD(day, -7, SYSDATE())) AS events_7d
FROM core.events
WHERE event_date >= DATEADD(day, -31, SYSDATE())::DATE
GROUP BY game_id;

CREATE OR REPLACE VIEW quality.rate_freshness (
  currency         COMMENT 'ISO 4217; USD needs no rate and is left out',
  valid_from       COMMENT 'From when on its latest rate holds, UTC',
  last_received_at COMMENT 'When the collector wrote that rate, UTC',
  age_seconds      COMMENT 'Seconds since valid_from'
)
  COPY GRANTS
  COMMENT = 'One row per currency: how old its latest exchange rate is'
AS
SELECT
  currency,
  valid_from,
  ingestion_timestamp AS last_received_at,
  DATEDIFF(second, valid_from, SYSDATE()) AS age_seconds
FROM core.exchange_rates
WHERE currency <> 'USD'
QUALIFY ROW_NUMBER() OVER (PARTITION BY currency ORDER BY valid_from DESC) = 1;

-- To look at a stream does not move it on.
CREATE OR REPLACE VIEW quality.load_backlog (
  waiting_lines    COMMENT 'Lines copied and not yet loaded',
  oldest_copied_at COMMENT 'When the oldest of them was copied, UTC; NULL: none waits',
  waiting_seconds  COMMENT 'Seconds since oldest_copied_at; 0: none waits',
  last_load_at     COMMENT 'When the load last ended well, UTC; NULL: never'
)
  COPY GRANTS
  COMMENT = 'One row: what the load has before it'
AS
SELECT
  w.waiting_lines,
  w.oldest_copied_at,
  COALESCE(DATEDIFF(second, w.oldest_copied_at, SYSDATE()), 0) AS waiting_seconds,
  r.last_load_at
FROM (
  SELECT
    COUNT(*) AS waiting_lines,
    CONVERT_TIMEZONE('UTC', MIN(loaded_at))::TIMESTAMP_NTZ(3) AS oldest_copied_at
  FROM raw.raw_events_stream
) AS w
CROSS JOIN (SELECT MAX(finished_at) AS last_load_at FROM load.load_runs) AS r;

-- Delivery is at least once: a line that comes twice is no fault, a rate of them that grows is a cost, and a sign of retries.
CREATE OR REPLACE VIEW quality.duplicates (
  day              COMMENT 'Day of the load, UTC',
  lines            COMMENT 'Lines delivered, of every kind',
  events           COMMENT 'Events that were new',
  duplicates       COMMENT 'Lines of events that were there already',
  duplicate_rate   COMMENT 'duplicates / (events + duplicates), 0 to 1; NULL: no events'
)
  COPY GRANTS
  COMMENT = 'One row per day: events that were delivered more than once'
AS
SELECT
  finished_at::DATE AS day,
  SUM(raw_rows) AS lines,
  SUM(events) AS events,
  SUM(duplicates) AS duplicates,
  SUM(duplicates)::FLOAT / NULLIF(SUM(events) + SUM(duplicates), 0) AS duplicate_rate
FROM load.load_runs
GROUP BY finished_at::DATE;

-- 62 days: what the load may have touched yesterday. It takes events of 30 days, and looks for twins 31 days further back.
CREATE OR REPLACE VIEW quality.core_duplicates (
  table_name      COMMENT 'The table',
  duplicated_keys COMMENT 'Keys with more than one row: 0, or the load is broken',
  surplus_rows    COMMENT 'Rows beyond the first of each key: 0, or the load is broken'
)
  COPY GRANTS
  COMMENT = 'One row per core table: keys that are there more than once; events and purchases of the last 62 days'
AS
WITH keys AS (
  SELECT 'core.events' AS table_name, COUNT(*) AS n
  FROM core.events
  WHERE event_date >= DATEADD(day, -62, SYSDATE())::DATE
  GROUP BY event_id
  UNION ALL
  SELECT 'core.fact_purchases' AS table_name, COUNT(*) AS n
  FROM core.fact_purchases
  WHERE event_date >= DATEADD(day, -62, SYSDATE())::DATE
  GROUP BY event_id
  UNION ALL
  SELECT 'core.rejected_events' AS table_name, COUNT(*) AS n FROM core.rejected_events GROUP BY rejection_id
  UNION ALL
  SELECT 'core.exchange_rates' AS table_name, COUNT(*) AS n FROM core.exchange_rates GROUP BY currency, valid_from
  UNION ALL
  SELECT 'core.dim_users' AS table_name, COUNT(*) AS n FROM core.dim_users GROUP BY game_id, user_id
  UNION ALL
  SELECT 'core.dim_sessions' AS table_name, COUNT(*) AS n FROM core.dim_sessions GROUP BY game_id, user_id, session_id
  UNION ALL
  SELECT 'core.erasure_requests' AS table_name, COUNT(*) AS n FROM core.erasure_requests GROUP BY erasure_id
)
SELECT
  table_name,
  COUNT_IF(n > 1) AS duplicated_keys,
  SUM(n - 1) AS surplus_rows
FROM keys
GROUP BY table_name;

CREATE OR REPLACE VIEW quality.reject_rates (
  day          COMMENT 'Day on which the collector received it, or else it was loaded, UTC',
  game_id      COMMENT 'The game; NULL: unknown',
  app_version  COMMENT 'Version of the game; NULL: unknown',
  rejected_by  COMMENT 'collector or warehouse',
  reason       COMMENT 'Code of the first error',
  path         COMMENT 'Field of the first error',
  rejected     COMMENT 'Distinct lines rejected so',
  events       COMMENT 'Events of the day, game and version: accepted and rejected ones',
  share        COMMENT 'rejected / events, 0 to 1',
  example      COMMENT 'What was sent, one of them, cut at 200 characters; masked to analysts'
)
  COPY GRANTS
  COMMENT = 'One row per day, game, version, judge, reason and field: events that were rejected, of the last 31 days'
AS
WITH rejected AS (
  SELECT
    COALESCE(ingestion_timestamp, loaded_at)::DATE AS day,
    game_id,
    app_version,
    rejected_by,
    reason,
    path,
    COUNT(*) AS rejected,
    LEFT(MIN(raw), 200) AS example
  FROM core.rejected_events
  WHERE loaded_at >= DATEADD(day, -31, SYSDATE())
  GROUP BY COALESCE(ingestion_timestamp, loaded_at)::DATE, game_id, app_version, rejected_by, reason, path
), accepted AS (
  SELECT ingestion_timestamp::DATE AS day, game_id, app_version, COUNT(*) AS accepted
  FROM core.events
  WHERE event_date >= DATEADD(day, -62, SYSDATE())::DATE
  GROUP BY ingestion_timestamp::DATE, game_id, app_version
), counted AS (
  SELECT
    r.day,
    r.game_id,
    r.app_version,
    r.rejected_by,
    r.reason,
    r.path,
    r.rejected,
    COALESCE(a.accepted, 0) + SUM(r.rejected) OVER (PARTITION BY r.day, r.game_id, r.app_version) AS events,
    r.example
  FROM rejected AS r
  LEFT JOIN accepted AS a
    ON a.day = r.day AND a.game_id = r.game_id AND a.app_version IS NOT DISTINCT FROM r.app_version
)
SELECT
  day,
  game_id,
  app_version,
  rejected_by,
  reason,
  path,
  rejected,
  events,
  rejected::FLOAT / events AS share,
  example
FROM counted;

-- ACCOUNT_USAGE rather than INFORMATION_SCHEMA.COPY_HISTORY: a year instead of 14 days, and a view can read it. It is up to 2 hours
-- behind, for little-used tables up to 2 days (https://docs.snowflake.com/en/sql-reference/account-usage/copy_history).
CREATE OR REPLACE VIEW quality.load_errors (
  copied_at         COMMENT 'When the object was copied, UTC',
  src_file          COMMENT 'The object in the stage',
  status            COMMENT 'What became of it: Loaded, Partially loaded, Load failed',
  lines             COMMENT 'Lines that were read',
  copied_lines      COMMENT 'Lines that were copied',
  error_lines       COMMENT 'Lines that were no JSON, and are only in S3',
  first_error_line  COMMENT 'The first of them, from 1',
  first_error       COMMENT 'What was wrong with it, cut at 300 characters'
)
  COPY GRANTS
  COMMENT = 'One row per object that could not be copied, or not whole'
AS
SELECT
  CONVERT_TIMEZONE('UTC', last_load_time)::TIMESTAMP_NTZ(3) AS copied_at,
  file_name AS src_file,
  status,
  row_parsed AS lines,
  row_count AS copied_lines,
  error_count AS error_lines,
  first_error_line_number AS first_error_line,
  LEFT(first_error_message, 300) AS first_error
FROM snowflake.account_usage.copy_history
WHERE table_catalog_name = UPPER('&{database}')
  AND table_schema_name = 'RAW'
  AND table_name = 'RAW_EVENTS'
  AND (error_count > 0 OR UPPER(status) = 'LOAD FAILED');

CREATE OR REPLACE VIEW quality.unconverted_revenue (
  game_id      COMMENT 'The game',
  event_type   COMMENT 'purchase or ad',
  currency     COMMENT 'ISO 4217: the currency that had no rate',
  events       COMMENT 'Purchases that count as revenue, or ads that earned something, without a rate at their time',
  amount       COMMENT 'What was paid or earned in them, in currency',
  first_at     COMMENT 'The first of them, UTC: a rate that is valid from then on heals them all',
  last_at      COMMENT 'The latest of them, UTC'
)
  COPY GRANTS
  COMMENT = 'One row per game, event type and currency with revenue that is not in USD for want of a rate'
AS
SELECT
  game_id,
  'purchase' AS event_type,
  currency,
  COUNT(*) AS events,
  SUM(amount) AS amount,
  MIN(timestamp) AS first_at,
  MAX(timestamp) AS last_at
FROM marts.purchases
WHERE counts_as_revenue AND NOT is_converted
GROUP BY game_id, currency
UNION ALL
SELECT
  game_id,
  'ad' AS event_type,
  currency,
  COUNT(*) AS events,
  SUM(revenue) AS amount,
  MIN(timestamp) AS first_at,
  MAX(timestamp) AS last_at
FROM marts.ad_events
WHERE revenue > 0 AND NOT is_converted
GROUP BY game_id, currency;

-- Robust, because a mean and a standard deviation would be moved by the very hours that are looked for. An hour is judged once it has
-- been over for an hour: what phones held back for longer makes it a little low.
CREATE OR REPLACE VIEW quality.anomalies (
  hour          COMMENT 'The hour that is judged, its beginning, UTC: the last 24 that have been over for an hour',
  game_id       COMMENT 'The game',
  metric        COMMENT 'revenue (USD, purchases, converted), installs (install events) or errors (error events of severity error or critical)',
  value         COMMENT 'What the hour had, in the unit of metric; without events 0',
  median        COMMENT 'Median of the same hour of the 28 days before, in the unit of metric; without events a day counts 0',
  mad           COMMENT 'Median absolute deviation of those from median, in the unit of metric',
  history_days  COMMENT 'How many of the 28 days that is: those since the first event of the game',
  z             COMMENT 'Robust z-score: 0.6745 × (value − median) / mad, with the floor of quality.thresholds for mad',
  is_anomaly    COMMENT 'The absolute z is above quality.thresholds.anomaly_z, and there is history enough'
)
  COPY GRANTS
  COMMENT = 'One row per hour, game and metric: does it stand out from the same hour of other days'
AS
WITH hours AS (
  SELECT game_id, 'revenue' AS metric, DATE_TRUNC(hour, timestamp) AS hour, SUM(revenue_usd)::FLOAT AS value
  FROM marts.purchases
  WHERE event_date >= DATEADD(day, -31, SYSDATE())::DATE AND counts_as_revenue AND is_converted
  GROUP BY game_id, DATE_TRUNC(hour, timestamp)
  UNION ALL
  SELECT game_id, 'installs' AS metric, DATE_TRUNC(hour, timestamp) AS hour, COUNT(*)::FLOAT AS value
  FROM core.events
  WHERE event_date >= DATEADD(day, -31, SYSDATE())::DATE AND event_type = 'install'
  GROUP BY game_id, DATE_TRUNC(hour, timestamp)
  UNION ALL
  SELECT game_id, 'errors' AS metric, DATE_TRUNC(hour, timestamp) AS hour, COUNT(*)::FLOAT AS value
  FROM core.events
  WHERE event_date >= DATEADD(day, -31, SYSDATE())::DATE AND event_type = 'error' AND severity IN ('error', 'critical')
  GROUP BY game_id, DATE_TRUNC(hour, timestamp)
), metrics AS (
  SELECT 'revenue' AS metric, mad_floor_revenue::FLOAT AS mad_floor FROM quality.thresholds
  UNION ALL
  SELECT 'installs' AS metric, mad_floor_installs::FLOAT AS mad_floor FROM quality.thresholds
  UNION ALL
  SELECT 'errors' AS metric, mad_floor_errors::FLOAT AS mad_floor FROM quality.thresholds
), games AS (
  SELECT game_id, DATE_TRUNC(hour, MIN(timestamp)) AS first_hour
  FROM core.events
  WHERE event_date >= DATEADD(day, -31, SYSDATE())::DATE
  GROUP BY game_id
), judged AS (
  SELECT DATEADD(hour, -1 - ROW_NUMBER() OVER (ORDER BY NULL), DATE_TRUNC(hour, SYSDATE())) AS hour
  FROM TABLE(GENERATOR(ROWCOUNT => 24))
), days AS (
  SELECT ROW_NUMBER() OVER (ORDER BY NULL) - 1 AS days_before
  FROM TABLE(GENERATOR(ROWCOUNT => 29))
), wanted AS (
  SELECT g.game_id, m.metric, m.mad_floor, j.hour, d.days_before, DATEADD(day, -d.days_before, j.hour) AS at_hour
  FROM games AS g
  CROSS JOIN metrics AS m
  CROSS JOIN judged AS j
  CROSS JOIN days AS d
  WHERE DATEADD(day, -d.days_before, j.hour) >= g.first_hour
), series AS (
  SELECT w.game_id, w.metric, w.mad_floor, w.hour, w.days_before, COALESCE(h.value, 0) AS value
  FROM wanted AS w
  LEFT JOIN hours AS h ON h.game_id = w.game_id AND h.metric = w.metric AND h.hour = w.at_hour
), medians AS (
  SELECT game_id, metric, hour, MEDIAN(value) AS median, COUNT(*) AS history_days
  FROM series
  WHERE days_before > 0
  GROUP BY game_id, metric, hour
), mads AS (
  SELECT s.game_id, s.metric, s.hour, m.median, m.history_days, MEDIAN(ABS(s.value - m.median)) AS mad
  FROM series AS s
  JOIN medians AS m ON m.game_id = s.game_id AND m.metric = s.metric AND m.hour = s.hour
  WHERE s.days_before > 0
  GROUP BY s.game_id, s.metric, s.hour, m.median, m.history_days
), scored AS (
  SELECT
    s.hour,
    s.game_id,
    s.metric,
    s.value,
    m.median,
    m.mad,
    m.history_days,
    0.6745 * (s.value - m.median) / GREATEST(m.mad, s.mad_floor) AS z
  FROM series AS s
  JOIN mads AS m ON m.game_id = s.game_id AND m.metric = s.metric AND m.hour = s.hour
  WHERE s.days_before = 0
)
SELECT
  s.hour,
  s.game_id,
  s.metric,
  s.value,
  s.median,
  s.mad,
  s.history_days,
  s.z,
  s.history_days >= t.anomaly_min_days AND ABS(s.z) > t.anomaly_z AS is_anomaly
FROM scored AS s
CROSS JOIN quality.thresholds AS t;
