-- What happened, once each, with types. Every time is UTC; amounts are decimal, as they were sent.
-- Primary keys are documentation: Snowflake does not enforce them. The load (30_load.sql) keeps them.
-- A new column goes behind all others, or no table that is there could gain it:
-- https://docs.snowflake.com/en/sql-reference/sql/create-table#create-or-alter-table-usage-notes

USE ROLE &{database}_OWNER;
USE WAREHOUSE &{database}_LOAD_WH;
USE DATABASE &{database};
USE SCHEMA core;

CREATE OR ALTER TABLE core.events (
  event_id            VARCHAR          NOT NULL COMMENT 'UUID in lower case: what the event is recognised by',
  event_type          VARCHAR          NOT NULL COMMENT 'install, purchase, session_start, session_end, progression, resource, ad, performance, error or custom',
  game_id             VARCHAR          NOT NULL COMMENT 'The game, as the key that sent it says',
  user_id             VARCHAR          NOT NULL COMMENT 'The player',
  session_id          VARCHAR          NOT NULL COMMENT 'The play session',
  seq                 NUMBER(15,0)              COMMENT 'The number of the event within its session or id_seed, from 1: gaps measure loss',
  platform            VARCHAR                   COMMENT 'ios, android, web, windows …',
  app_version         VARCHAR                   COMMENT 'Version of the game',
  country             VARCHAR                   COMMENT 'ISO 3166-1 alpha-2',
  device_model        VARCHAR                   COMMENT 'The property device_model that the game sent: of the properties, analysts see the names alone',
  timestamp           TIMESTAMP_NTZ(3) NOT NULL COMMENT 'When it happened, UTC, the clock of the client corrected',
  event_date          DATE             NOT NULL COMMENT 'The day of timestamp, UTC',
  client_timestamp    VARCHAR                   COMMENT 'When it happened as the client said it, RFC 3339',
  clock_offset_ms     NUMBER(38,0)              COMMENT 'Milliseconds added to the clock of the client; NULL: none',
  ingestion_timestamp TIMESTAMP_NTZ(3)          COMMENT 'When the collector received it, UTC',
  schema_version      VARCHAR                   COMMENT 'Version of the shape of the event',
  request_id          VARCHAR                   COMMENT 'The request that brought it: X-Request-Id',
  collector           VARCHAR                   COMMENT 'Name and version of the collector',
  client_dropped      VARIANT                   COMMENT 'What the client let go before this event, a count by reason: on one event of a batch',
  source              VARCHAR                   COMMENT 'install: where the player came from',
  campaign            VARCHAR                   COMMENT 'install: advertising campaign',
  product_id          VARCHAR                   COMMENT 'purchase',
  product_name        VARCHAR                   COMMENT 'purchase',
  quantity            NUMBER(38,0)              COMMENT 'purchase: units, from 1',
  price               NUMBER(38,6)              COMMENT 'purchase: price of one unit in currency',
  currency            VARCHAR                   COMMENT 'purchase, ad: ISO 4217',
  store               VARCHAR                   COMMENT 'purchase: app_store, google_play, steam …',
  transaction_id      VARCHAR                   COMMENT 'purchase: id that the store gave',
  session_number      NUMBER(38,0)              COMMENT 'session_start: the how-manieth of the player, from 1',
  duration_seconds    FLOAT                     COMMENT 'session_end: a hint, in seconds',
  status              VARCHAR                   COMMENT 'progression: start, complete or fail',
  level               VARCHAR                   COMMENT 'progression: where, from coarse to fine, as in world1/level3',
  score               FLOAT                     COMMENT 'progression: points',
  attempt             NUMBER(38,0)              COMMENT 'progression: the how-manieth try, from 1',
  flow                VARCHAR                   COMMENT 'resource: source (earned) or sink (spent)',
  resource            VARCHAR                   COMMENT 'resource: what, as in gold',
  amount              NUMBER(38,6)              COMMENT 'resource: how much, never negative, in units of the resource',
  item_type           VARCHAR                   COMMENT 'resource: what it was earned by or spent on',
  item_id             VARCHAR                   COMMENT 'resource',
  action              VARCHAR                   COMMENT 'ad: shown, clicked, rewarded or failed',
  ad_type             VARCHAR                   COMMENT 'ad: rewarded_video, interstitial, banner …',
  placement           VARCHAR                   COMMENT 'ad: where in the game',
  network             VARCHAR                   COMMENT 'ad: the ad network',
  revenue             NUMBER(38,6)              COMMENT 'ad: what the impression earned, in currency',
  metric              VARCHAR                   COMMENT 'performance: fps, frame_ms, load_ms, memory_mb …',
  value               FLOAT                     COMMENT 'performance: the measured value, in the unit of metric; custom: a number of the game',
  scene               VARCHAR                   COMMENT 'performance: where in the game',
  severity            VARCHAR                   COMMENT 'error: debug, info, warning, error or critical',
  message             VARCHAR                   COMMENT 'error',
  stack               VARCHAR                   COMMENT 'error',
  name                VARCHAR                   COMMENT 'custom: what happened',
  properties          VARIANT                   COMMENT 'The flat map that the game sent along',
  unknown_fields      VARIANT                   COMMENT 'Fields that no column is for; NULL: none. quality.schema_drift counts them',
  src_file            VARCHAR                   COMMENT 'The object that it came in',
  src_row             NUMBER(38,0)              COMMENT 'Its place in the object',
  loaded_at           TIMESTAMP_NTZ(9)          COMMENT 'When it was copied, UTC',
  verified            BOOLEAN                   COMMENT 'purchase: a server or admin key says that the store confirmed the receipt; NULL: nothing was said',
  CONSTRAINT events_key PRIMARY KEY (event_id)
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Every event, once';

CREATE OR ALTER TABLE core.rejected_events (
  rejection_id        VARCHAR          NOT NULL COMMENT 'SHA-256 of the line: the same line is one rejection',
  rejected_by         VARCHAR          NOT NULL COMMENT 'collector (it judged the event) or warehouse (the line has no such types)',
  reason              VARCHAR          NOT NULL COMMENT 'The code of the first error, as in invalid_decimal',
  path                VARCHAR                   COMMENT 'The field that the first error is about',
  errors              VARIANT                   COMMENT 'All of them: path, code, message',
  event_id            VARCHAR                   COMMENT 'As far as it could be read',
  event_type          VARCHAR                   COMMENT 'As far as it could be read',
  game_id             VARCHAR                   COMMENT 'The game of the key',
  user_id             VARCHAR                   COMMENT 'As far as it could be read',
  app_version         VARCHAR                   COMMENT 'As far as it could be read',
  raw                 VARCHAR                   COMMENT 'What was sent, cut at 8 KiB',
  ingestion_timestamp TIMESTAMP_NTZ(3)          COMMENT 'When the collector received it, UTC',
  request_id          VARCHAR                   COMMENT 'The request that brought it',
  src_file            VARCHAR                   COMMENT 'The object that it came in',
  src_row             NUMBER(38,0)              COMMENT 'Its place in the object',
  loaded_at           TIMESTAMP_NTZ(9)          COMMENT 'When it was copied, UTC',
  CONSTRAINT rejected_events_key PRIMARY KEY (rejection_id)
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'What is no event, and why not';

CREATE OR ALTER TABLE core.fact_purchases (
  event_id            VARCHAR          NOT NULL COMMENT 'The event of the purchase: core.events',
  game_id             VARCHAR          NOT NULL COMMENT 'The game',
  user_id             VARCHAR          NOT NULL COMMENT 'The player',
  session_id          VARCHAR          NOT NULL COMMENT 'The play session',
  timestamp           TIMESTAMP_NTZ(3) NOT NULL COMMENT 'When it was bought, UTC',
  event_date          DATE             NOT NULL COMMENT 'The day of timestamp, UTC',
  ingestion_timestamp TIMESTAMP_NTZ(3)          COMMENT 'When the collector received it, UTC',
  platform            VARCHAR                   COMMENT 'Where the game ran',
  app_version         VARCHAR                   COMMENT 'Version of the game',
  country             VARCHAR                   COMMENT 'ISO 3166-1 alpha-2',
  product_id          VARCHAR          NOT NULL COMMENT 'What was bought',
  product_name        VARCHAR                   COMMENT 'Its name at the time',
  quantity            NUMBER(38,0)     NOT NULL COMMENT 'Units',
  price               NUMBER(38,6)     NOT NULL COMMENT 'Price of one unit in currency, as sent',
  amount              NUMBER(38,6)     NOT NULL COMMENT 'price × quantity, in currency: what was paid',
  currency            VARCHAR          NOT NULL COMMENT 'ISO 4217',
  store               VARCHAR          NOT NULL COMMENT 'Where it was bought',
  transaction_id      VARCHAR                   COMMENT 'Id that the store gave: the same one twice in a store counts once',
  verified            BOOLEAN                   COMMENT 'A server or admin key says that the store confirmed the receipt; NULL: nothing was said',
  CONSTRAINT fact_purchases_key PRIMARY KEY (event_id)
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Every purchase event, once, in the money that was paid. marts.purchases has it in USD';

CREATE OR ALTER TABLE core.exchange_rates (
  currency            VARCHAR          NOT NULL COMMENT 'ISO 4217',
  valid_from          TIMESTAMP_NTZ(3) NOT NULL COMMENT 'From then on, UTC, until the next rate of the currency',
  usd_per_unit        NUMBER(38,12)    NOT NULL COMMENT 'USD for one unit of currency',
  source              VARCHAR                   COMMENT 'Who published it',
  ingestion_timestamp TIMESTAMP_NTZ(3)          COMMENT 'When the collector wrote it, UTC: the latest one for a moment holds',
  CONSTRAINT exchange_rates_key PRIMARY KEY (currency, valid_from)
)
  DATA_RETENTION_TIME_IN_DAYS = 7
  COMMENT = 'What a unit of each currency was worth';

-- The dollar needs no source. A moment before every event: what is sold in USD is always converted.
MERGE INTO core.exchange_rates AS t
USING (SELECT 'USD' AS currency, '1970-01-01'::TIMESTAMP_NTZ AS valid_from) AS s
ON t.currency = s.currency AND t.valid_from = s.valid_from
WHEN NOT MATCHED THEN INSERT (currency, valid_from, usd_per_unit, source)
  VALUES (s.currency, s.valid_from, 1, 'identity');

-- The dimensions hold only what can be merged in any order and any number of times: earliest, latest, and what came with them.
-- Counts are the marts' business.
CREATE OR ALTER TABLE core.dim_users (
  game_id             VARCHAR          NOT NULL COMMENT 'The game',
  user_id             VARCHAR          NOT NULL COMMENT 'The player',
  first_seen_at       TIMESTAMP_NTZ(3) NOT NULL COMMENT 'The first event, UTC',
  first_event_id      VARCHAR          NOT NULL COMMENT 'Which one that was; of two at the same time the lesser id',
  first_platform      VARCHAR                   COMMENT 'Where the game ran then',
  first_country       VARCHAR                   COMMENT 'Country then, ISO 3166-1 alpha-2',
  first_app_version   VARCHAR                   COMMENT 'Version of the game then',
  last_seen_at        TIMESTAMP_NTZ(3) NOT NULL COMMENT 'The latest event, UTC',
  installed_at        TIMESTAMP_NTZ(3)          COMMENT 'The first install event, UTC; NULL: none came',
  install_event_id    VARCHAR                   COMMENT 'Which one that was',
  install_source      VARCHAR                   COMMENT 'Where the player came from',
  install_campaign    VARCHAR                   COMMENT 'Advertising campaign',
  install_country     VARCHAR                   COMMENT 'Country of the install event',
  install_platform    VARCHAR                   COMMENT 'Platform of the install event',
  install_app_version VARCHAR                   COMMENT 'Version of the install event',
  CONSTRAINT dim_users_key PRIMARY KEY (game_id, user_id)
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Every player of a game';

CREATE OR ALTER TABLE core.dim_sessions (
  game_id             VARCHAR          NOT NULL COMMENT 'The game',
  user_id             VARCHAR          NOT NULL COMMENT 'The player',
  session_id          VARCHAR          NOT NULL COMMENT 'The play session; the ids of two players may be the same',
  started_at          TIMESTAMP_NTZ(3) NOT NULL COMMENT 'The first event, UTC',
  first_event_id      VARCHAR          NOT NULL COMMENT 'Which one that was; of two at the same time the lesser id',
  platform            VARCHAR                   COMMENT 'Of the first event',
  app_version         VARCHAR                   COMMENT 'Of the first event',
  country             VARCHAR                   COMMENT 'Of the first event',
  last_event_at       TIMESTAMP_NTZ(3) NOT NULL COMMENT 'The latest event, UTC',
  session_number      NUMBER(38,0)              COMMENT 'The how-manieth of the player, from 1, as the game says',
  has_start           BOOLEAN          NOT NULL COMMENT 'A session_start came',
  has_end             BOOLEAN          NOT NULL COMMENT 'A session_end came',
  has_critical_error  BOOLEAN          NOT NULL COMMENT 'An error of severity critical came: the session crashed',
  CONSTRAINT dim_sessions_key PRIMARY KEY (game_id, user_id, session_id)
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Every play session';

CREATE OR ALTER TABLE core.erasure_requests (
  erasure_id          VARCHAR          NOT NULL COMMENT 'As the collector answered it',
  game_id             VARCHAR          NOT NULL COMMENT 'The game',
  player_hash         VARCHAR          NOT NULL COMMENT 'SHA-256 of a secret salt, the game and the user_id: whom it was about, and whom later lines may not be about',
  requested_at        TIMESTAMP_NTZ(3)          COMMENT 'When it was first asked for, UTC',
  executed_at         TIMESTAMP_NTZ(9) NOT NULL COMMENT 'When the rows were deleted, UTC',
  raw_rows            NUMBER(38,0)     NOT NULL COMMENT 'Rows deleted from raw.raw_events',
  events              NUMBER(38,0)     NOT NULL COMMENT 'Rows deleted from core.events',
  purchases           NUMBER(38,0)     NOT NULL COMMENT 'Rows deleted from core.fact_purchases',
  rejected_events     NUMBER(38,0)     NOT NULL COMMENT 'Rows deleted from core.rejected_events',
  users               NUMBER(38,0)     NOT NULL COMMENT 'Rows deleted from core.dim_users',
  sessions            NUMBER(38,0)     NOT NULL COMMENT 'Rows deleted from core.dim_sessions',
  proof               VARCHAR          NOT NULL COMMENT 'SHA-256 of the other columns: a row that was changed by accident shows it',
  CONSTRAINT erasure_requests_key PRIMARY KEY (erasure_id)
)
  DATA_RETENTION_TIME_IN_DAYS = 7
  COMMENT = 'Who was erased, as a hash, and what that deleted: the proof';
