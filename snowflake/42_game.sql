-- How the game is played: sessions, levels, the economy.

USE ROLE &{database}_OWNER;
USE DATABASE &{database};
USE SCHEMA marts;

-- The cap is 12 hours. The SDK ends a session after 30 minutes without an event, so that only a player who never rests comes
-- near; a session that is longer is a device left on, or a client that never changes its session_id, and a few of those would
-- move every average.
CREATE OR REPLACE VIEW marts.sessions (
  game_id        COMMENT 'The game',
  user_id        COMMENT 'The player',
  session_id     COMMENT 'The play session; the ids of two players may be the same',
  event_date     COMMENT 'The day on which it started, UTC: filter on it. All of the session counts for that day',
  platform       COMMENT 'Of its first event; NULL: not said',
  app_version    COMMENT 'Of its first event; NULL: not said',
  country        COMMENT 'Of its first event, ISO 3166-1 alpha-2; NULL: unknown',
  session_number COMMENT 'The how-manieth of the player, from 1, as the game says; NULL: not said',
  started_at     COMMENT 'Its first event, UTC',
  last_event_at  COMMENT 'Its latest event, UTC',
  length_seconds COMMENT 'From the first event to the latest, seconds, 43,200 (12 hours) at most; the duration_seconds that a game sends is not used',
  is_capped      COMMENT 'It was longer than that',
  has_start      COMMENT 'A session_start came',
  has_end        COMMENT 'A session_end came',
  is_crashed     COMMENT 'An error of severity critical came'
)
  COPY GRANTS
  COMMENT = 'One row per play session'
AS
WITH measured AS (
  SELECT
    s.game_id, s.user_id, s.session_id, s.platform, s.app_version, s.country, s.session_number, s.started_at,
    s.last_event_at, s.has_start, s.has_end, s.has_critical_error,
    DATEDIFF(millisecond, s.started_at, s.last_event_at)::FLOAT / 1000 AS seconds
  FROM core.dim_sessions AS s
)
SELECT
  m.game_id, m.user_id, m.session_id, m.started_at::DATE AS event_date, m.platform, m.app_version, m.country,
  m.session_number, m.started_at, m.last_event_at,
  LEAST(m.seconds, 43200) AS length_seconds,
  m.seconds > 43200 AS is_capped,
  m.has_start, m.has_end, m.has_critical_error AS is_crashed
FROM measured AS m;

CREATE OR REPLACE VIEW marts.daily_sessions (
  event_date             COMMENT 'The day on which the sessions started, UTC: filter on it',
  game_id                COMMENT 'The game',
  platform               COMMENT 'Of the first event; NULL: not said',
  sessions               COMMENT 'Sessions',
  users                  COMMENT 'Players who started them; not additive: one may stand in several rows',
  sessions_per_user      COMMENT 'sessions ÷ users',
  average_length_seconds COMMENT 'Mean of length_seconds, seconds',
  median_length_seconds  COMMENT 'Median of length_seconds, seconds',
  capped_sessions        COMMENT 'Sessions longer than 12 hours, counted as 12',
  ended_sessions         COMMENT 'Sessions with a session_end',
  crashed_sessions       COMMENT 'Sessions with an error of severity critical'
)
  COPY GRANTS
  COMMENT = 'One row per day, game and platform on which sessions started'
AS
SELECT
  s.event_date, s.game_id, s.platform,
  COUNT(*) AS sessions,
  COUNT(DISTINCT s.user_id) AS users,
  ROUND(COUNT(*)::FLOAT / COUNT(DISTINCT s.user_id), 4) AS sessions_per_user,
  ROUND(AVG(s.length_seconds), 4) AS average_length_seconds,
  ROUND(MEDIAN(s.length_seconds), 4) AS median_length_seconds,
  COUNT_IF(s.is_capped) AS capped_sessions,
  COUNT_IF(s.has_end) AS ended_sessions,
  COUNT_IF(s.is_crashed) AS crashed_sessions
FROM marts.sessions AS s
GROUP BY s.event_date, s.game_id, s.platform;

CREATE OR REPLACE VIEW marts.player_levels (
  game_id             COMMENT 'The game',
  user_id             COMMENT 'The player',
  level               COMMENT 'Where, from coarse to fine, as in world1/level3',
  level_number        COMMENT 'The how-manieth level of the player it was, from 1, by first_at',
  first_at            COMMENT 'The first progression event there, UTC',
  first_app_version   COMMENT 'Version of the game then; NULL: not said',
  starts              COMMENT 'start events',
  completions         COMMENT 'complete events',
  fails               COMMENT 'fail events',
  attempts            COMMENT 'Tries: starts, or completions + fails where those are more. A try that was given up has no end; one whose start was lost has no start',
  first_completed_at  COMMENT 'The first complete event, UTC; NULL: not completed',
  completed_first_try COMMENT 'Completed, with no fail and no second start before'
)
  COPY GRANTS
  COMMENT = 'One row per player and level of a game that the player was in'
AS
WITH tries AS (
  SELECT
    e.game_id, e.user_id, e.level, e.status, e.timestamp, e.app_version,
    MIN(IFF(e.status = 'complete', e.timestamp, NULL)) OVER (
      PARTITION BY e.game_id, e.user_id, e.level
    ) AS first_completed_at
  FROM core.events AS e
  WHERE e.event_type = 'progression'
),
levels AS (
  SELECT
    t.game_id, t.user_id, t.level, t.first_completed_at,
    MIN(t.timestamp) AS first_at,
    MIN_BY(t.app_version, t.timestamp) AS first_app_version,
    COUNT_IF(t.status = 'start') AS starts,
    COUNT_IF(t.status = 'complete') AS completions,
    COUNT_IF(t.status = 'fail') AS fails,
    COUNT_IF(t.status = 'start' AND t.timestamp <= t.first_completed_at) AS starts_until_completed,
    COUNT_IF(t.status = 'fail' AND t.timestamp <= t.first_completed_at) AS fails_until_completed
  FROM tries AS t
  GROUP BY t.game_id, t.user_id, t.level, t.first_completed_at
)
SELECT
  l.game_id, l.user_id, l.level,
  ROW_NUMBER() OVER (PARTITION BY l.game_id, l.user_id ORDER BY l.first_at, l.level) AS level_number,
  l.first_at, l.first_app_version, l.starts, l.completions, l.fails,
  GREATEST(l.starts, l.completions + l.fails) AS attempts,
  l.first_completed_at,
  l.completions > 0 AND l.starts_until_completed <= 1 AND l.fails_until_completed = 0 AS completed_first_try
FROM levels AS l;

CREATE OR REPLACE VIEW marts.progression_funnel (
  game_id                 COMMENT 'The game',
  level                   COMMENT 'Where, from coarse to fine, as in world1/level3',
  position                COMMENT 'Median of the how-manieth level it was for its players, from 1: order by it',
  players_started         COMMENT 'Players with any progression event there: one who completed or failed must have started, even where the start was lost',
  players_completed       COMMENT 'Of those, who completed it at least once',
  players_failed          COMMENT 'Of those, who failed at least once, whether or not they completed it later',
  players_lost            COMMENT 'players_started - players_completed: who have not got past it yet',
  completion_rate         COMMENT 'players_completed ÷ players_started, 0 to 1: of players, not of tries',
  first_try_rate          COMMENT 'Players who completed it with no fail and no second start before ÷ players_started, 0 to 1',
  attempts                COMMENT 'Tries: marts.player_levels',
  attempts_per_completion COMMENT 'attempts ÷ complete events; NULL: nobody completed it',
  players_without_start   COMMENT 'Players of players_started whose start event is missing: many of them mean lost events'
)
  COPY GRANTS
  COMMENT = 'One row per game and level'
AS
SELECT
  p.game_id, p.level,
  MEDIAN(p.level_number)::FLOAT AS position,
  COUNT(*) AS players_started,
  COUNT_IF(p.completions > 0) AS players_completed,
  COUNT_IF(p.fails > 0) AS players_failed,
  COUNT_IF(p.completions = 0) AS players_lost,
  ROUND(COUNT_IF(p.completions > 0)::FLOAT / COUNT(*), 4) AS completion_rate,
  ROUND(COUNT_IF(p.completed_first_try)::FLOAT / COUNT(*), 4) AS first_try_rate,
  SUM(p.attempts) AS attempts,
  ROUND(SUM(p.attempts)::FLOAT / NULLIF(SUM(p.completions), 0), 4) AS attempts_per_completion,
  COUNT_IF(p.starts = 0) AS players_without_start
FROM marts.player_levels AS p
GROUP BY p.game_id, p.level;

CREATE OR REPLACE VIEW marts.progression_by_version (
  game_id                 COMMENT 'The game',
  level                   COMMENT 'Where, from coarse to fine, as in world1/level3',
  app_version             COMMENT 'Version in which the player first came there: each player of a level stands in one row. NULL: not said',
  players_started         COMMENT 'Players with any progression event there: one who completed or failed must have started',
  players_completed       COMMENT 'Of those, who completed it at least once, in whatever version',
  completion_rate         COMMENT 'players_completed ÷ players_started, 0 to 1',
  first_try_rate          COMMENT 'Players who completed it with no fail and no second start before ÷ players_started, 0 to 1',
  attempts_per_completion COMMENT 'Tries ÷ complete events; NULL: nobody completed it'
)
  COPY GRANTS
  COMMENT = 'One row per game, level and app_version: whether an update made a level easier'
AS
SELECT
  p.game_id, p.level, p.first_app_version AS app_version,
  COUNT(*) AS players_started,
  COUNT_IF(p.completions > 0) AS players_completed,
  ROUND(COUNT_IF(p.completions > 0)::FLOAT / COUNT(*), 4) AS completion_rate,
  ROUND(COUNT_IF(p.completed_first_try)::FLOAT / COUNT(*), 4) AS first_try_rate,
  ROUND(SUM(p.attempts)::FLOAT / NULLIF(SUM(p.completions), 0), 4) AS attempts_per_completion
FROM marts.player_levels AS p
GROUP BY p.game_id, p.level, p.first_app_version;

CREATE OR REPLACE VIEW marts.economy (
  event_date COMMENT 'The day, UTC; days on which nothing moved are left out',
  game_id    COMMENT 'The game',
  resource   COMMENT 'What, as in gold',
  players    COMMENT 'Players who earned or spent it that day',
  sourced    COMMENT 'Earned by all players, in units of resource',
  sunk       COMMENT 'Spent by all players, in units of resource',
  net        COMMENT 'sourced - sunk, in units of resource: above 0 the game inflates',
  balance    COMMENT 'Sum of net from the first day until this one, in units of resource: what players hold, if they began with nothing and no event was lost'
)
  COPY GRANTS
  COMMENT = 'One row per day, game and resource that moved'
AS
WITH daily AS (
  SELECT
    e.event_date, e.game_id, e.resource,
    COUNT(DISTINCT e.user_id) AS players,
    SUM(IFF(e.flow = 'source', e.amount, 0)) AS sourced,
    SUM(IFF(e.flow = 'sink', e.amount, 0)) AS sunk
  FROM core.events AS e
  WHERE e.event_type = 'resource'
  GROUP BY e.event_date, e.game_id, e.resource
)
SELECT
  d.event_date, d.game_id, d.resource, d.players, d.sourced, d.sunk,
  d.sourced - d.sunk AS net,
  SUM(d.sourced - d.sunk) OVER (
    PARTITION BY d.game_id, d.resource ORDER BY d.event_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS balance
FROM daily AS d;

CREATE OR REPLACE VIEW marts.economy_by_item (
  event_date COMMENT 'The day, UTC: filter on it',
  game_id    COMMENT 'The game',
  resource   COMMENT 'What, as in gold',
  flow       COMMENT 'source (earned) or sink (spent)',
  item_type  COMMENT 'What it was earned by or spent on; NULL: not said',
  item_id    COMMENT 'Which one of those; NULL: not said',
  events     COMMENT 'How often',
  players    COMMENT 'By how many players; not additive: one may stand in several rows',
  amount     COMMENT 'How much in all, in units of resource'
)
  COPY GRANTS
  COMMENT = 'One row per day, game, resource, flow, item_type and item_id'
AS
SELECT
  e.event_date, e.game_id, e.resource, e.flow, e.item_type, e.item_id,
  COUNT(*) AS events,
  COUNT(DISTINCT e.user_id) AS players,
  SUM(e.amount) AS amount
FROM core.events AS e
WHERE e.event_type = 'resource'
GROUP BY e.event_date, e.game_id, e.resource, e.flow, e.item_type, e.item_id;
