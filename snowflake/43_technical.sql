-- How well the game runs, and how many of its events arrive.

USE ROLE &{database}_OWNER;
USE DATABASE &{database};
USE SCHEMA marts;

CREATE OR REPLACE VIEW marts.performance (
  event_date   COMMENT 'The day, UTC: filter on it',
  game_id      COMMENT 'The game',
  metric       COMMENT 'fps, frame_ms, load_ms, memory_mb …: its name says the unit of average and percentiles',
  platform     COMMENT 'Where the game ran; NULL: not said',
  device_model COMMENT 'The property device_model that the game sent; NULL: none',
  app_version  COMMENT 'Version of the game; NULL: not said',
  samples      COMMENT 'Measurements: of few, percentiles mean little',
  average      COMMENT 'Mean, in the unit of metric',
  p01          COMMENT '1 of 100 is below, in the unit of metric: the worst of fps',
  p05          COMMENT '5 of 100 are below, in the unit of metric',
  p50          COMMENT 'Half are below, in the unit of metric: the median',
  p95          COMMENT '95 of 100 are below, in the unit of metric',
  p99          COMMENT '99 of 100 are below, in the unit of metric: the worst of frame_ms and load_ms'
)
  COPY GRANTS
  COMMENT = 'One row per day, game, metric, platform, device_model and app_version; percentiles are exact, between two values in proportion'
AS
WITH measured AS (
  SELECT
    e.event_date, e.game_id, e.metric, e.platform, e.device_model, e.app_version, e.value
  FROM core.events AS e
  WHERE e.event_type = 'performance'
)
SELECT
  m.event_date, m.game_id, m.metric, m.platform, m.device_model, m.app_version,
  COUNT(*) AS samples,
  ROUND(AVG(m.value), 4) AS average,
  ROUND(PERCENTILE_CONT(0.01) WITHIN GROUP (ORDER BY m.value), 4) AS p01,
  ROUND(PERCENTILE_CONT(0.05) WITHIN GROUP (ORDER BY m.value), 4) AS p05,
  ROUND(PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY m.value), 4) AS p50,
  ROUND(PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY m.value), 4) AS p95,
  ROUND(PERCENTILE_CONT(0.99) WITHIN GROUP (ORDER BY m.value), 4) AS p99
FROM measured AS m
GROUP BY m.event_date, m.game_id, m.metric, m.platform, m.device_model, m.app_version;

-- Sessions and errors are counted apart and put beneath each other, then added up: a join would lose the days and versions
-- that only one of them has, and those whose platform or version is not said.
CREATE OR REPLACE VIEW marts.errors_by_version (
  event_date              COMMENT 'The day, UTC, of the errors, and on which the sessions started: filter on it',
  game_id                 COMMENT 'The game',
  app_version             COMMENT 'Version of the game; NULL: not said',
  platform                COMMENT 'Where the game ran; NULL: not said',
  errors                  COMMENT 'Error events of severity error or critical',
  critical_errors         COMMENT 'Those of severity critical',
  affected_users          COMMENT 'Players with one of errors; not additive: one may stand in several rows',
  sessions                COMMENT 'Sessions that started that day in that version',
  crashed_sessions        COMMENT 'Those of them with an error of severity critical, on whatever day it came',
  crash_free_session_rate COMMENT '1 - crashed_sessions ÷ sessions, 0 to 1; NULL: no session started',
  users                   COMMENT 'Players who started those sessions; not additive',
  crash_free_user_rate    COMMENT '1 - players with a crashed session ÷ users, 0 to 1; NULL: no session started'
)
  COPY GRANTS
  COMMENT = 'One row per day, game, app_version and platform with sessions or errors'
AS
WITH counted AS (
  SELECT
    e.event_date, e.game_id, e.app_version, e.platform,
    COUNT(*) AS errors,
    COUNT_IF(e.severity = 'critical') AS critical_errors,
    COUNT(DISTINCT e.user_id) AS affected_users,
    0 AS sessions, 0 AS crashed_sessions, 0 AS users, 0 AS crashed_users
  FROM core.events AS e
  WHERE e.event_type = 'error' AND e.severity IN ('error', 'critical')
  GROUP BY e.event_date, e.game_id, e.app_version, e.platform
  UNION ALL
  SELECT
    s.event_date, s.game_id, s.app_version, s.platform, 0, 0, 0,
    COUNT(*), COUNT_IF(s.is_crashed), COUNT(DISTINCT s.user_id), COUNT(DISTINCT IFF(s.is_crashed, s.user_id, NULL))
  FROM marts.sessions AS s
  GROUP BY s.event_date, s.game_id, s.app_version, s.platform
),
added AS (
  SELECT
    c.event_date, c.game_id, c.app_version, c.platform,
    SUM(c.errors) AS errors, SUM(c.critical_errors) AS critical_errors, SUM(c.affected_users) AS affected_users,
    SUM(c.sessions) AS sessions, SUM(c.crashed_sessions) AS crashed_sessions,
    SUM(c.users) AS users, SUM(c.crashed_users) AS crashed_users
  FROM counted AS c
  GROUP BY c.event_date, c.game_id, c.app_version, c.platform
)
SELECT
  a.event_date, a.game_id, a.app_version, a.platform, a.errors, a.critical_errors, a.affected_users, a.sessions,
  a.crashed_sessions,
  ROUND(1 - a.crashed_sessions::FLOAT / NULLIF(a.sessions, 0), 4) AS crash_free_session_rate,
  a.users,
  ROUND(1 - a.crashed_users::FLOAT / NULLIF(a.users, 0), 4) AS crash_free_user_rate
FROM added AS a;

CREATE OR REPLACE VIEW marts.top_errors (
  game_id            COMMENT 'The game',
  severity           COMMENT 'debug, info, warning, error or critical',
  message            COMMENT 'As the game sent it: messages that differ in a number are different errors',
  events             COMMENT 'How often: order by it, falling',
  users              COMMENT 'Players that it happened to',
  sessions           COMMENT 'Play sessions that it happened in',
  app_versions       COMMENT 'Versions of the game that it happened in',
  latest_app_version COMMENT 'Version of the latest one; NULL: not said',
  first_seen_at      COMMENT 'The first one of the 30 days, UTC',
  last_seen_at       COMMENT 'The latest one, UTC'
)
  COPY GRANTS
  COMMENT = 'One row per game, severity and message of the last 30 days, today included'
AS
SELECT
  e.game_id, e.severity, e.message,
  COUNT(*) AS events,
  COUNT(DISTINCT e.user_id) AS users,
  COUNT(DISTINCT e.user_id || ' ' || e.session_id) AS sessions,
  COUNT(DISTINCT e.app_version) AS app_versions,
  MAX_BY(e.app_version, e.timestamp) AS latest_app_version,
  MIN(e.timestamp) AS first_seen_at,
  MAX(e.timestamp) AS last_seen_at
FROM core.events AS e
WHERE e.event_type = 'error' AND e.event_date > DATEADD(day, -30, SYSDATE()::DATE)
GROUP BY e.game_id, e.severity, e.message;

-- What the numbers of the events (seq) say about those that are missing.
--
-- Numbers count from 1 within a series. An id that ends in the event's own number, in 12 hexadecimal digits, was made of a
-- seed and that number: the seed, which is what stands before, is the series. An event with an id of its own belongs to the
-- series of the others in its request, if they have one. Else the session is the series; but only if its number 1 is there:
-- a server that gives ids of its own numbers all its sessions in one series, and each would seem to miss thousands.
--
-- A gap belongs to the day and the version of the event after it: a server's series lasts for months.
--
-- It cannot see what was lost after the last event of a series that arrived; sessions of which the first event was lost, where
-- ids are not made of a seed; nor anything of events without a number. An event with an id of its own that was alone in its
-- request is taken for missing.
CREATE OR REPLACE VIEW marts.loss (
  event_date        COMMENT 'The day, UTC, of the event after the gap',
  game_id           COMMENT 'The game',
  app_version       COMMENT 'Version of the event after the gap; NULL: not said',
  expected          COMMENT 'Events that the numbers say there were: landed + missing',
  landed            COMMENT 'Numbered events that are here, each number of a series once',
  missing           COMMENT 'Numbers of which no event is here. One that arrives late is no longer missing',
  dropped_by_client COMMENT 'Events that clients say they let go (queue full, no consent, sampled …), told that day',
  unexplained       COMMENT 'missing - dropped_by_client, 0 at least: lost on the way. By day roughly, since a client tells what it dropped with a later batch',
  loss_rate         COMMENT 'missing ÷ expected, 0 to 1; NULL: nothing was expected',
  unexplained_rate  COMMENT 'unexplained ÷ expected, 0 to 1; NULL: nothing was expected'
)
  COPY GRANTS
  COMMENT = 'One row per day, game and app_version with numbered events or reported drops'
AS
WITH seeded AS (
  SELECT
    e.game_id, e.event_date, e.app_version, e.user_id, e.session_id, e.request_id, e.event_id, e.seq,
    IFF(TRY_TO_NUMBER(RIGHT(e.event_id, 12), 'XXXXXXXXXXXX') = e.seq, LEFT(e.event_id, 23), NULL) AS seed
  FROM core.events AS e
  WHERE e.seq > 0
),
requests AS (
  SELECT s.game_id, s.request_id, MIN(s.seed) AS seed
  FROM seeded AS s
  WHERE s.seed IS NOT NULL AND s.request_id IS NOT NULL
  GROUP BY s.game_id, s.request_id
),
placed AS (
  SELECT
    s.game_id, s.event_date, s.app_version, s.event_id, s.seq,
    COALESCE(s.seed, r.seed) IS NULL AS is_of_session,
    COALESCE(s.seed, r.seed, s.user_id || ' ' || s.session_id) AS series
  FROM seeded AS s
  LEFT JOIN requests AS r ON r.game_id = s.game_id AND r.request_id = s.request_id
),
numbered AS (
  SELECT
    p.game_id, p.event_date, p.app_version, p.seq, p.is_of_session,
    MIN(p.seq) OVER (PARTITION BY p.game_id, p.is_of_session, p.series) AS first_seq,
    COALESCE(
      LAG(p.seq) OVER (PARTITION BY p.game_id, p.is_of_session, p.series ORDER BY p.seq, p.event_id), 0
    ) AS previous_seq
  FROM placed AS p
),
counted AS (
  SELECT
    n.event_date, n.game_id, n.app_version,
    COUNT_IF(n.seq > n.previous_seq) AS landed,
    SUM(GREATEST(n.seq - n.previous_seq - 1, 0)) AS missing,
    0 AS dropped
  FROM numbered AS n
  WHERE n.first_seq = 1 OR NOT n.is_of_session
  GROUP BY n.event_date, n.game_id, n.app_version
  UNION ALL
  SELECT e.event_date, e.game_id, e.app_version, 0, 0, SUM(f.value::NUMBER(38,0))
  FROM core.events AS e, LATERAL FLATTEN(INPUT => e.client_dropped) AS f
  WHERE e.client_dropped IS NOT NULL
  GROUP BY e.event_date, e.game_id, e.app_version
),
added AS (
  SELECT
    c.event_date, c.game_id, c.app_version,
    SUM(c.landed) AS landed, SUM(c.missing) AS missing, SUM(c.dropped) AS dropped
  FROM counted AS c
  GROUP BY c.event_date, c.game_id, c.app_version
)
SELECT
  a.event_date, a.game_id, a.app_version,
  a.landed + a.missing AS expected,
  a.landed, a.missing,
  a.dropped AS dropped_by_client,
  GREATEST(a.missing - a.dropped, 0) AS unexplained,
  ROUND(a.missing::FLOAT / NULLIF(a.landed + a.missing, 0), 4) AS loss_rate,
  ROUND(GREATEST(a.missing - a.dropped, 0)::FLOAT / NULLIF(a.landed + a.missing, 0), 4) AS unexplained_rate
FROM added AS a;
