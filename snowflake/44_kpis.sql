-- The few numbers of a morning, made of the marts before.

USE ROLE &{database}_OWNER;
USE DATABASE &{database};
USE SCHEMA marts;

CREATE OR REPLACE VIEW marts.daily_kpis (
  event_date            COMMENT 'The day, UTC: filter on it',
  game_id               COMMENT 'The game',
  dau                   COMMENT 'Players active that day: with an event of any kind',
  new_users             COMMENT 'Players whose day 0 it is: marts.players',
  sessions              COMMENT 'Sessions that started that day',
  purchases             COMMENT 'Purchases that count: something was paid, and they are no duplicates',
  paying_users          COMMENT 'Players with such a purchase that day',
  purchase_revenue_usd  COMMENT 'Revenue of purchases, USD, as far as it could be converted',
  ad_revenue_usd        COMMENT 'Revenue of advertisements, USD, as far as it could be converted',
  revenue_usd           COMMENT 'purchase_revenue_usd + ad_revenue_usd, USD',
  unconverted_purchases COMMENT 'Purchases that count and that the revenue lacks: no rate was known',
  unconverted_ad_events COMMENT 'Ad events with revenue that the revenue lacks: no rate was known',
  arpdau_usd            COMMENT 'revenue_usd ÷ dau, USD; NULL: nobody was active',
  arppu_usd             COMMENT 'purchase_revenue_usd ÷ paying_users, USD; NULL: nobody paid',
  paying_rate           COMMENT 'paying_users ÷ dau, 0 to 1; NULL: nobody was active'
)
  COPY GRANTS
  COMMENT = 'One row per game and day from its first event until today, whether anything happened or not'
AS
WITH active AS (
  SELECT d.event_date, d.game_id, COUNT(*) AS users
  FROM marts.user_days AS d
  GROUP BY d.event_date, d.game_id
),
arrived AS (
  SELECT p.cohort_date, p.game_id, COUNT(*) AS users
  FROM marts.players AS p
  GROUP BY p.cohort_date, p.game_id
),
started AS (
  SELECT s.event_date, s.game_id, COUNT(*) AS sessions
  FROM marts.sessions AS s
  GROUP BY s.event_date, s.game_id
),
bought AS (
  SELECT
    p.event_date, p.game_id,
    COUNT(*) AS purchases,
    COUNT(DISTINCT p.user_id) AS users,
    SUM(p.revenue_usd) AS revenue_usd,
    COUNT_IF(NOT p.is_converted) AS unconverted
  FROM marts.purchases AS p
  WHERE p.counts_as_revenue
  GROUP BY p.event_date, p.game_id
),
advertised AS (
  SELECT a.event_date, a.game_id, SUM(a.revenue_usd) AS revenue_usd, COUNT_IF(NOT a.is_converted) AS unconverted
  FROM marts.ad_events AS a
  GROUP BY a.event_date, a.game_id
),
daily AS (
  SELECT
    d.event_date, d.game_id,
    COALESCE(c.users, 0) AS dau,
    COALESCE(n.users, 0) AS new_users,
    COALESCE(s.sessions, 0) AS sessions,
    COALESCE(b.purchases, 0) AS purchases,
    COALESCE(b.users, 0) AS paying_users,
    COALESCE(b.revenue_usd, 0)::NUMBER(38,6) AS purchase_revenue_usd,
    COALESCE(a.revenue_usd, 0)::NUMBER(38,6) AS ad_revenue_usd,
    COALESCE(b.unconverted, 0) AS unconverted_purchases,
    COALESCE(a.unconverted, 0) AS unconverted_ad_events
  FROM marts.game_days AS d
  LEFT JOIN active AS c ON c.event_date = d.event_date AND c.game_id = d.game_id
  LEFT JOIN arrived AS n ON n.cohort_date = d.event_date AND n.game_id = d.game_id
  LEFT JOIN started AS s ON s.event_date = d.event_date AND s.game_id = d.game_id
  LEFT JOIN bought AS b ON b.event_date = d.event_date AND b.game_id = d.game_id
  LEFT JOIN advertised AS a ON a.event_date = d.event_date AND a.game_id = d.game_id
)
SELECT
  d.event_date, d.game_id, d.dau, d.new_users, d.sessions, d.purchases, d.paying_users, d.purchase_revenue_usd,
  d.ad_revenue_usd,
  d.purchase_revenue_usd + d.ad_revenue_usd AS revenue_usd,
  d.unconverted_purchases, d.unconverted_ad_events,
  ROUND((d.purchase_revenue_usd + d.ad_revenue_usd) / NULLIF(d.dau, 0), 6)::NUMBER(38,6) AS arpdau_usd,
  ROUND(d.purchase_revenue_usd / NULLIF(d.paying_users, 0), 6)::NUMBER(38,6) AS arppu_usd,
  ROUND(d.paying_users::FLOAT / NULLIF(d.dau, 0), 4) AS paying_rate
FROM daily AS d;

CREATE OR REPLACE VIEW marts.realtime_kpis (
  game_id                  COMMENT 'The game',
  event_date               COMMENT 'Today, UTC',
  installs                 COMMENT 'Players with an install event today',
  dau                      COMMENT 'Players active today so far',
  sessions                 COMMENT 'Sessions that started today so far',
  purchases                COMMENT 'Purchases that count, today so far',
  paying_users             COMMENT 'Players with such a purchase',
  purchase_revenue_usd     COMMENT 'Revenue of purchases today so far, USD, as far as it could be converted',
  ad_revenue_usd           COMMENT 'Revenue of advertisements today so far, USD, as far as it could be converted',
  revenue_usd              COMMENT 'purchase_revenue_usd + ad_revenue_usd, USD',
  unconverted_purchases    COMMENT 'Purchases that count and that the revenue lacks: no rate was known',
  errors                   COMMENT 'Error events of severity error or critical, today so far',
  events_last_hour         COMMENT 'Events that happened in the last 60 minutes, as far as they are here',
  last_event_at            COMMENT 'When the latest event of any day happened, UTC',
  seconds_since_last_event COMMENT 'Seconds from then until now: events take a few minutes to arrive'
)
  COPY GRANTS
  COMMENT = 'One row per game: today (UTC) so far'
AS
-- Yesterday, too: a little after midnight the last hour began then.
WITH recent AS (
  SELECT
    e.game_id,
    COUNT(DISTINCT IFF(e.event_type = 'install' AND e.event_date = SYSDATE()::DATE, e.user_id, NULL)) AS installs,
    COUNT_IF(
      e.event_type = 'error' AND e.severity IN ('error', 'critical') AND e.event_date = SYSDATE()::DATE
    ) AS errors,
    COUNT_IF(e.timestamp > DATEADD(hour, -1, SYSDATE())) AS events_last_hour
  FROM core.events AS e
  WHERE e.event_date >= DATEADD(day, -1, SYSDATE()::DATE)
  GROUP BY e.game_id
),
latest AS (
  SELECT u.game_id, MAX(u.last_seen_at) AS last_event_at
  FROM core.dim_users AS u
  GROUP BY u.game_id
)
SELECT
  k.game_id, k.event_date,
  COALESCE(r.installs, 0) AS installs,
  k.dau, k.sessions, k.purchases, k.paying_users, k.purchase_revenue_usd, k.ad_revenue_usd, k.revenue_usd,
  k.unconverted_purchases,
  COALESCE(r.errors, 0) AS errors,
  COALESCE(r.events_last_hour, 0) AS events_last_hour,
  l.last_event_at,
  DATEDIFF(second, l.last_event_at, SYSDATE()) AS seconds_since_last_event
FROM marts.daily_kpis AS k
LEFT JOIN recent AS r ON r.game_id = k.game_id
JOIN latest AS l ON l.game_id = k.game_id
WHERE k.event_date = SYSDATE()::DATE;
