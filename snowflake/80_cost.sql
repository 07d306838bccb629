-- What it costs, in credits; a credit's price is in the contract. The tasks carry a query tag (playtrail:load, playtrail:retention); let each
-- dashboard and person have one too (ALTER USER … SET QUERY_TAG), and ops.credits_by_query_tag tells them apart. Alerts take no tag.
-- ACCOUNT_USAGE is up to 3 hours behind, cloud services up to 6, and does not know of the day's free cloud services
-- (https://docs.snowflake.com/en/sql-reference/account-usage/metering_history): the bill may be less.

USE ROLE &{database}_OWNER;
USE DATABASE &{database};
USE SCHEMA ops;

CREATE OR REPLACE VIEW ops.credits_by_day (
  day       COMMENT 'The day, UTC',
  service   COMMENT 'load warehouse, query warehouse, pipe, alerts or, as METERING_HISTORY names it, another service that worked in the database',
  credits   COMMENT 'Credits used, cloud services included'
)
  COPY GRANTS
  COMMENT = 'One row per day and service'
AS
WITH metered AS (
  SELECT
    CONVERT_TIMEZONE('UTC', start_time)::DATE AS day,
    CASE
      WHEN service_type = 'WAREHOUSE_METERING' AND name = UPPER('&{database}_LOAD_WH') THEN 'load warehouse'
      WHEN service_type = 'WAREHOUSE_METERING' THEN 'query warehouse'
      WHEN service_type IN ('PIPE', 'SNOWPIPE') THEN 'pipe'
      WHEN service_type = 'SERVERLESS_ALERTS' THEN 'alerts'
      ELSE LOWER(service_type)
    END AS service,
    credits_used
  FROM snowflake.account_usage.metering_history
  WHERE service_type = 'WAREHOUSE_METERING' AND name IN (UPPER('&{database}_LOAD_WH'), UPPER('&{database}_QUERY_WH'))
    OR service_type <> 'WAREHOUSE_METERING' AND database_name = UPPER('&{database}')
)
SELECT day, service, SUM(credits_used)::FLOAT AS credits
FROM metered
GROUP BY day, service;

CREATE OR REPLACE VIEW ops.cost_per_million_events (
  day                            COMMENT 'The day, UTC',
  events                         COMMENT 'Events that were new',
  ingest_credits                 COMMENT 'Credits of the pipe and the load warehouse: what grows with the events',
  other_credits                  COMMENT 'Credits of the query warehouse, the alerts and other services',
  ingest_credits_per_million     COMMENT 'ingest_credits for a million events; NULL: no events',
  credits_per_million            COMMENT 'All credits for a million events; NULL: no events'
)
  COPY GRANTS
  COMMENT = 'One row per day on which something was loaded or paid'
AS
WITH loaded AS (
  SELECT finished_at::DATE AS day, SUM(events) AS events
  FROM load.load_runs
  GROUP BY finished_at::DATE
), paid AS (
  SELECT
    day,
    SUM(IFF(service IN ('pipe', 'load warehouse'), credits, 0)) AS ingest_credits,
    SUM(IFF(service IN ('pipe', 'load warehouse'), 0, credits)) AS other_credits
  FROM ops.credits_by_day
  GROUP BY day
), days AS (
  SELECT
    COALESCE(l.day, p.day) AS day,
    COALESCE(l.events, 0) AS events,
    COALESCE(p.ingest_credits, 0) AS ingest_credits,
    COALESCE(p.other_credits, 0) AS other_credits
  FROM loaded AS l
  FULL OUTER JOIN paid AS p ON p.day = l.day
)
SELECT
  day,
  events,
  ingest_credits,
  other_credits,
  ingest_credits * 1000000 / NULLIF(events, 0) AS ingest_credits_per_million,
  (ingest_credits + other_credits) * 1000000 / NULLIF(events, 0) AS credits_per_million
FROM days;

-- Idle time of a warehouse is nobody's here: the sum is less than ops.credits_by_day.
CREATE OR REPLACE VIEW ops.credits_by_query_tag (
  day            COMMENT 'The day on which the queries began, UTC',
  warehouse_name COMMENT 'The warehouse',
  query_tag      COMMENT 'Tag of the session or task; empty: none',
  user_name      COMMENT 'Who ran them; SYSTEM: a task',
  queries        COMMENT 'Queries',
  credits        COMMENT 'Credits of their running time, without idle time of the warehouse',
  dearest_query  COMMENT 'query_id of the one that took most: look it up in the query history'
)
  COPY GRANTS
  COMMENT = 'One row per day, warehouse, tag and user: whose queries cost what'
AS
SELECT
  CONVERT_TIMEZONE('UTC', start_time)::DATE AS day,
  warehouse_name,
  query_tag,
  user_name,
  COUNT(*) AS queries,
  SUM(credits_attributed_compute)::FLOAT AS credits,
  MAX_BY(query_id, credits_attributed_compute) AS dearest_query
FROM snowflake.account_usage.query_attribution_history
WHERE warehouse_name IN (UPPER('&{database}_LOAD_WH'), UPPER('&{database}_QUERY_WH'))
GROUP BY CONVERT_TIMEZONE('UTC', start_time)::DATE, warehouse_name, query_tag, user_name;
