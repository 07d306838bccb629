-- Who plays, who stays, and what a player is worth. A player is a user_id of one game: the same user_id in two games is two players.

USE ROLE &{database}_OWNER;
USE DATABASE &{database};
USE SCHEMA marts;

CREATE OR REPLACE VIEW marts.players (
  game_id             COMMENT 'The game',
  user_id             COMMENT 'The player',
  cohort_date         COMMENT 'Day 0, UTC: the day of the first install event; where none came, of the first event of any kind',
  has_install_event   COMMENT 'An install event came',
  first_seen_at       COMMENT 'The first event, UTC',
  last_seen_at        COMMENT 'The latest event, UTC',
  install_source      COMMENT 'Where the player came from, as the install event says; NULL: unknown',
  install_campaign    COMMENT 'Advertising campaign, as the install event says; NULL: none, or unknown',
  install_country     COMMENT 'ISO 3166-1 alpha-2, of the install event or else of the first event; NULL: unknown',
  install_platform    COMMENT 'Platform of the install event or else of the first event; NULL: not said',
  install_app_version COMMENT 'Version of the install event or else of the first event; NULL: not said'
)
  COPY GRANTS
  COMMENT = 'One row per player of a game: the definition of its cohort'
AS
SELECT
  u.game_id, u.user_id,
  COALESCE(u.installed_at, u.first_seen_at)::DATE AS cohort_date,
  u.installed_at IS NOT NULL AS has_install_event,
  u.first_seen_at, u.last_seen_at, u.install_source, u.install_campaign,
  COALESCE(u.install_country, u.first_country) AS install_country,
  COALESCE(u.install_platform, u.first_platform) AS install_platform,
  COALESCE(u.install_app_version, u.first_app_version) AS install_app_version
FROM core.dim_users AS u;

CREATE OR REPLACE VIEW marts.user_days (
  event_date COMMENT 'The day, UTC: filter on it',
  game_id    COMMENT 'The game',
  user_id    COMMENT 'The player'
)
  COPY GRANTS
  COMMENT = 'One row per day and player that sent an event of any kind that day: the definition of active'
AS
SELECT DISTINCT e.event_date, e.game_id, e.user_id
FROM core.events AS e;

-- Day numbers from VALUES: 10,000 of them, 27 years of a game.
CREATE OR REPLACE VIEW marts.game_days (
  event_date COMMENT 'The day, UTC',
  game_id    COMMENT 'The game'
)
  COPY GRANTS
  COMMENT = 'One row per game and day from its first event until today, whether anything happened or not'
AS
WITH digits AS (
  SELECT v.digit FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v (digit)
),
day_numbers AS (
  SELECT a.digit + 10 * b.digit + 100 * c.digit + 1000 * d.digit AS day_number
  FROM digits AS a
  CROSS JOIN digits AS b
  CROSS JOIN digits AS c
  CROSS JOIN digits AS d
),
games AS (
  SELECT u.game_id, MIN(u.first_seen_at)::DATE AS first_date
  FROM core.dim_users AS u
  GROUP BY u.game_id
)
SELECT DATEADD(day, n.day_number, g.first_date)::DATE AS event_date, g.game_id
FROM games AS g
JOIN day_numbers AS n ON DATEADD(day, n.day_number, g.first_date) <= SYSDATE()::DATE;

CREATE OR REPLACE VIEW marts.user_ltv (
  game_id                 COMMENT 'The game',
  user_id                 COMMENT 'The player',
  cohort_date             COMMENT 'Day 0, UTC: as in marts.players',
  has_install_event       COMMENT 'An install event came',
  install_source          COMMENT 'Where the player came from; NULL: unknown',
  install_campaign        COMMENT 'Advertising campaign; NULL: none, or unknown',
  install_country         COMMENT 'ISO 3166-1 alpha-2; NULL: unknown',
  install_platform        COMMENT 'Platform at the install; NULL: not said',
  last_seen_at            COMMENT 'The latest event, UTC',
  lifetime_days           COMMENT 'Days from cohort_date to the day of the latest event; 0: all on one day',
  purchases               COMMENT 'Purchases that count: something was paid, and they are no duplicates',
  first_purchase_at       COMMENT 'The first of those, UTC; NULL: none',
  last_purchase_at        COMMENT 'The latest of those, UTC; NULL: none',
  purchase_revenue_usd    COMMENT 'What the player paid, USD, as far as it could be converted',
  ad_revenue_usd          COMMENT 'What advertisements earned with the player, USD, as far as it could be converted',
  lifetime_revenue_usd    COMMENT 'purchase_revenue_usd + ad_revenue_usd, USD',
  unconverted_purchases   COMMENT 'Purchases that count and that the revenue lacks: no rate was known',
  unconverted_ad_events   COMMENT 'Ad events with revenue that the revenue lacks: no rate was known',
  segment                 COMMENT 'By purchase_revenue_usd: whale from 100 USD, dolphin from 20, minnow with any purchase that counts, free without one. While unconverted_purchases > 0 it may rise'
)
  COPY GRANTS
  COMMENT = 'One row per player of a game: the lifetime value so far'
AS
WITH bought AS (
  SELECT
    p.game_id, p.user_id,
    COUNT(*) AS purchases,
    MIN(p.timestamp) AS first_purchase_at,
    MAX(p.timestamp) AS last_purchase_at,
    COALESCE(SUM(p.revenue_usd), 0) AS revenue_usd,
    COUNT_IF(NOT p.is_converted) AS unconverted
  FROM marts.purchases AS p
  WHERE p.counts_as_revenue
  GROUP BY p.game_id, p.user_id
),
advertised AS (
  SELECT a.game_id, a.user_id, COALESCE(SUM(a.revenue_usd), 0) AS revenue_usd, COUNT_IF(NOT a.is_converted) AS unconverted
  FROM marts.ad_events AS a
  GROUP BY a.game_id, a.user_id
),
valued AS (
  SELECT
    p.game_id, p.user_id, p.cohort_date, p.has_install_event, p.install_source, p.install_campaign, p.install_country,
    p.install_platform, p.last_seen_at,
    DATEDIFF(day, p.cohort_date, p.last_seen_at::DATE) AS lifetime_days,
    COALESCE(b.purchases, 0) AS purchases,
    b.first_purchase_at, b.last_purchase_at,
    COALESCE(b.revenue_usd, 0)::NUMBER(38,6) AS purchase_revenue_usd,
    COALESCE(a.revenue_usd, 0)::NUMBER(38,6) AS ad_revenue_usd,
    COALESCE(b.unconverted, 0) AS unconverted_purchases,
    COALESCE(a.unconverted, 0) AS unconverted_ad_events
  FROM marts.players AS p
  LEFT JOIN bought AS b ON b.game_id = p.game_id AND b.user_id = p.user_id
  LEFT JOIN advertised AS a ON a.game_id = p.game_id AND a.user_id = p.user_id
)
SELECT
  v.game_id, v.user_id, v.cohort_date, v.has_install_event, v.install_source, v.install_campaign, v.install_country,
  v.install_platform, v.last_seen_at, v.lifetime_days, v.purchases, v.first_purchase_at, v.last_purchase_at,
  v.purchase_revenue_usd, v.ad_revenue_usd,
  v.purchase_revenue_usd + v.ad_revenue_usd AS lifetime_revenue_usd,
  v.unconverted_purchases, v.unconverted_ad_events,
  CASE
    WHEN v.purchase_revenue_usd >= 100 THEN 'whale'
    WHEN v.purchase_revenue_usd >= 20 THEN 'dolphin'
    WHEN v.purchases > 0 THEN 'minnow'
    ELSE 'free'
  END AS segment
FROM valued AS v;

CREATE OR REPLACE VIEW marts.segment_summary (
  game_id               COMMENT 'The game',
  segment               COMMENT 'whale, dolphin, minnow or free: marts.user_ltv',
  users                 COMMENT 'Players in it',
  purchases             COMMENT 'Their purchases that count',
  purchase_revenue_usd  COMMENT 'What they paid, USD, as far as it could be converted',
  ad_revenue_usd        COMMENT 'What advertisements earned with them, USD, as far as it could be converted',
  unconverted_purchases COMMENT 'Purchases that count and that the revenue lacks: no rate was known',
  share_of_revenue      COMMENT 'Their part of what all players of the game paid, 0 to 1; NULL: nobody paid'
)
  COPY GRANTS
  COMMENT = 'One row per game and segment of players'
AS
WITH segments AS (
  SELECT
    u.game_id, u.segment,
    COUNT(*) AS users,
    SUM(u.purchases) AS purchases,
    SUM(u.purchase_revenue_usd) AS purchase_revenue_usd,
    SUM(u.ad_revenue_usd) AS ad_revenue_usd,
    SUM(u.unconverted_purchases) AS unconverted_purchases
  FROM marts.user_ltv AS u
  GROUP BY u.game_id, u.segment
)
SELECT
  s.game_id, s.segment, s.users, s.purchases, s.purchase_revenue_usd, s.ad_revenue_usd, s.unconverted_purchases,
  ROUND(
    s.purchase_revenue_usd::FLOAT / NULLIF(SUM(s.purchase_revenue_usd) OVER (PARTITION BY s.game_id), 0), 4
  ) AS share_of_revenue
FROM segments AS s;

CREATE OR REPLACE VIEW marts.retention_cohorts (
  game_id         COMMENT 'The game',
  cohort_date     COMMENT 'Day 0, UTC: the day of the install; where no install event came, of the first event. Filter on it',
  install_source  COMMENT 'Where the players came from; NULL: unknown',
  install_country COMMENT 'ISO 3166-1 alpha-2; NULL: unknown',
  day_number      COMMENT 'Days after cohort_date: 1, 3, 7, 14 or 30',
  cohort_users    COMMENT 'Players of the cohort',
  retained_users  COMMENT 'Of those, who sent an event on exactly that day; NULL: the day is not over yet',
  retention_rate  COMMENT 'retained_users ÷ cohort_users, 0 to 1; NULL: the day is not over yet'
)
  COPY GRANTS
  COMMENT = 'One row per game, cohort_date, install_source, install_country and day_number'
AS
WITH day_numbers AS (
  SELECT v.day_number FROM (VALUES (1), (3), (7), (14), (30)) AS v (day_number)
),
cohorts AS (
  SELECT
    p.game_id, p.cohort_date, p.install_source, p.install_country, n.day_number,
    DATEADD(day, n.day_number, p.cohort_date)::DATE < SYSDATE()::DATE AS is_over,
    COUNT(*) AS cohort_users,
    COUNT(d.user_id) AS returned_users
  FROM marts.players AS p
  CROSS JOIN day_numbers AS n
  LEFT JOIN marts.user_days AS d
    ON d.game_id = p.game_id AND d.user_id = p.user_id
    AND d.event_date = DATEADD(day, n.day_number, p.cohort_date)::DATE
  GROUP BY p.game_id, p.cohort_date, p.install_source, p.install_country, n.day_number
)
SELECT
  c.game_id, c.cohort_date, c.install_source, c.install_country, c.day_number, c.cohort_users,
  IFF(c.is_over, c.returned_users, NULL) AS retained_users,
  IFF(c.is_over, ROUND(c.returned_users::FLOAT / c.cohort_users, 4), NULL) AS retention_rate
FROM cohorts AS c;

-- Each player enters the window of 7 (30) days on a day that comes so many days after the one before, and leaves it so many
-- days after one that is not followed sooner. Entries less exits, summed up day by day, are the players in the window: one
-- pass over the days of the players, where a join of each day to its 30 would read them thirty times.
CREATE OR REPLACE VIEW marts.active_users (
  event_date COMMENT 'The day, UTC; a day on which nobody played is there, too',
  game_id    COMMENT 'The game',
  dau        COMMENT 'Players active that day',
  wau        COMMENT 'Players active on any of the 7 days that end with it',
  mau        COMMENT 'Players active on any of the 30 days that end with it',
  stickiness COMMENT 'dau ÷ mau, 0 to 1; NULL: nobody was active in the 30 days'
)
  COPY GRANTS
  COMMENT = 'One row per game and day from its first event until today'
AS
WITH gaps AS (
  SELECT
    d.event_date, d.game_id,
    DATEDIFF(
      day, LAG(d.event_date) OVER (PARTITION BY d.game_id, d.user_id ORDER BY d.event_date), d.event_date
    ) AS days_since,
    DATEDIFF(
      day, d.event_date, LEAD(d.event_date) OVER (PARTITION BY d.game_id, d.user_id ORDER BY d.event_date)
    ) AS days_until
  FROM marts.user_days AS d
),
changes AS (
  SELECT
    g.event_date, g.game_id, 1 AS active,
    IFF(COALESCE(g.days_since, 7) >= 7, 1, 0) AS week_change,
    IFF(COALESCE(g.days_since, 30) >= 30, 1, 0) AS month_change
  FROM gaps AS g
  UNION ALL
  SELECT DATEADD(day, 7, g.event_date)::DATE, g.game_id, 0, -1, 0
  FROM gaps AS g
  WHERE COALESCE(g.days_until, 7) >= 7
  UNION ALL
  SELECT DATEADD(day, 30, g.event_date)::DATE, g.game_id, 0, 0, -1
  FROM gaps AS g
  WHERE COALESCE(g.days_until, 30) >= 30
),
daily AS (
  SELECT
    d.event_date, d.game_id,
    COALESCE(SUM(c.active), 0) AS dau,
    COALESCE(SUM(c.week_change), 0) AS week_change,
    COALESCE(SUM(c.month_change), 0) AS month_change
  FROM marts.game_days AS d
  LEFT JOIN changes AS c ON c.game_id = d.game_id AND c.event_date = d.event_date
  GROUP BY d.event_date, d.game_id
),
windows AS (
  SELECT
    d.event_date, d.game_id, d.dau,
    SUM(d.week_change) OVER (
      PARTITION BY d.game_id ORDER BY d.event_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS wau,
    SUM(d.month_change) OVER (
      PARTITION BY d.game_id ORDER BY d.event_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS mau
  FROM daily AS d
)
SELECT
  w.event_date, w.game_id, w.dau, w.wau, w.mau,
  ROUND(w.dau::FLOAT / NULLIF(w.mau, 0), 4) AS stickiness
FROM windows AS w;

CREATE OR REPLACE VIEW marts.acquisition (
  cohort_date           COMMENT 'Day 0, UTC: the day of the install; where no install event came, of the first event. Filter on it',
  game_id               COMMENT 'The game',
  install_source        COMMENT 'Where the players came from; NULL: unknown',
  install_campaign      COMMENT 'Advertising campaign; NULL: none, or unknown',
  install_country       COMMENT 'ISO 3166-1 alpha-2; NULL: unknown',
  new_users             COMMENT 'Players whose day 0 it is',
  installs              COMMENT 'Those of them with an install event',
  payers                COMMENT 'Those of new_users with a purchase that counts, on whatever day',
  purchase_revenue_usd  COMMENT 'What they have paid since, USD, as far as it could be converted',
  ad_revenue_usd        COMMENT 'What advertisements have earned with them since, USD, as far as it could be converted',
  unconverted_purchases COMMENT 'Purchases that count and that the revenue lacks: no rate was known',
  arpu_usd              COMMENT 'Revenue per new user, USD: (purchase_revenue_usd + ad_revenue_usd) ÷ new_users',
  payer_rate            COMMENT 'payers ÷ new_users, 0 to 1',
  d1_retained_users     COMMENT 'Who sent an event on the day after day 0; NULL: that day is not over yet',
  d1_retention_rate     COMMENT 'd1_retained_users ÷ new_users, 0 to 1; NULL: that day is not over yet',
  d7_retained_users     COMMENT 'Who sent an event on the 7th day after day 0; NULL: that day is not over yet',
  d7_retention_rate     COMMENT 'd7_retained_users ÷ new_users, 0 to 1; NULL: that day is not over yet'
)
  COPY GRANTS
  COMMENT = 'One row per cohort_date, game, install_source, install_campaign and install_country'
AS
WITH cohorts AS (
  SELECT
    u.cohort_date, u.game_id, u.install_source, u.install_campaign, u.install_country,
    COUNT(*) AS new_users,
    COUNT_IF(u.has_install_event) AS installs,
    COUNT_IF(u.purchases > 0) AS payers,
    SUM(u.purchase_revenue_usd) AS purchase_revenue_usd,
    SUM(u.ad_revenue_usd) AS ad_revenue_usd,
    SUM(u.unconverted_purchases) AS unconverted_purchases,
    COUNT(d1.user_id) AS d1_users,
    COUNT(d7.user_id) AS d7_users,
    DATEADD(day, 1, u.cohort_date)::DATE < SYSDATE()::DATE AS is_d1_over,
    DATEADD(day, 7, u.cohort_date)::DATE < SYSDATE()::DATE AS is_d7_over
  FROM marts.user_ltv AS u
  LEFT JOIN marts.user_days AS d1
    ON d1.game_id = u.game_id AND d1.user_id = u.user_id AND d1.event_date = DATEADD(day, 1, u.cohort_date)::DATE
  LEFT JOIN marts.user_days AS d7
    ON d7.game_id = u.game_id AND d7.user_id = u.user_id AND d7.event_date = DATEADD(day, 7, u.cohort_date)::DATE
  GROUP BY u.cohort_date, u.game_id, u.install_source, u.install_campaign, u.install_country
)
SELECT
  c.cohort_date, c.game_id, c.install_source, c.install_campaign, c.install_country, c.new_users, c.installs, c.payers,
  c.purchase_revenue_usd, c.ad_revenue_usd, c.unconverted_purchases,
  ROUND((c.purchase_revenue_usd + c.ad_revenue_usd) / c.new_users, 6)::NUMBER(38,6) AS arpu_usd,
  ROUND(c.payers::FLOAT / c.new_users, 4) AS payer_rate,
  IFF(c.is_d1_over, c.d1_users, NULL) AS d1_retained_users,
  IFF(c.is_d1_over, ROUND(c.d1_users::FLOAT / c.new_users, 4), NULL) AS d1_retention_rate,
  IFF(c.is_d7_over, c.d7_users, NULL) AS d7_retained_users,
  IFF(c.is_d7_over, ROUND(c.d7_users::FLOAT / c.new_users, 4), NULL) AS d7_retention_rate
FROM cohorts AS c;
