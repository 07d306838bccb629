-- How raw becomes core: a triggered task, one procedure, one transaction. Should it fail, nothing has happened, and the stream still has
-- its lines. Every cast is a TRY_: no line can fail the load; one that is not what it says goes to core.rejected_events.

USE ROLE &{database}_OWNER;
USE WAREHOUSE &{database}_LOAD_WH;
USE DATABASE &{database};

-- The load's own role: just what load.load_batch does. Granted before the task exists, which looks at the stream from its first moment.
GRANT USAGE ON SCHEMA raw TO ROLE &{database}_TRANSFORMER;
GRANT SELECT, DELETE ON TABLE raw.raw_events TO ROLE &{database}_TRANSFORMER;
GRANT SELECT ON STREAM raw.raw_events_stream TO ROLE &{database}_TRANSFORMER;
GRANT USAGE ON SCHEMA core TO ROLE &{database}_TRANSFORMER;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE core.events TO ROLE &{database}_TRANSFORMER;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE core.rejected_events TO ROLE &{database}_TRANSFORMER;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE core.fact_purchases TO ROLE &{database}_TRANSFORMER;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE core.exchange_rates TO ROLE &{database}_TRANSFORMER;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE core.dim_users TO ROLE &{database}_TRANSFORMER;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE core.dim_sessions TO ROLE &{database}_TRANSFORMER;
-- A proof is written once.
GRANT SELECT, INSERT ON TABLE core.erasure_requests TO ROLE &{database}_TRANSFORMER;

USE ROLE &{database}_TRANSFORMER;
USE SCHEMA load;

-- Work tables: filled and emptied in each run. Written to a table, a line is parsed once.
CREATE OR ALTER TRANSIENT TABLE load.batch (
  record_type         VARCHAR          COMMENT 'event, rejected, exchange_rate or erasure; anything else is a problem',
  problem             VARCHAR          COMMENT 'Why the line is none of these, as in price:invalid_number; NULL: it is',
  player_hash         VARCHAR          COMMENT 'Whom it is about: as core.erasure_requests.player_hash',
  event_id            VARCHAR          COMMENT 'As in core.events',
  event_type          VARCHAR          COMMENT 'As in core.events',
  game_id             VARCHAR          COMMENT 'As in core.events',
  user_id             VARCHAR          COMMENT 'As in core.events',
  session_id          VARCHAR          COMMENT 'As in core.events',
  seq                 NUMBER(15,0)     COMMENT 'As in core.events',
  platform            VARCHAR          COMMENT 'As in core.events',
  app_version         VARCHAR          COMMENT 'As in core.events',
  country             VARCHAR          COMMENT 'As in core.events',
  device_model        VARCHAR          COMMENT 'As in core.events',
  timestamp           TIMESTAMP_NTZ(3) COMMENT 'As in core.events',
  event_date          DATE             COMMENT 'As in core.events',
  client_timestamp    VARCHAR          COMMENT 'As in core.events',
  clock_offset_ms     NUMBER(38,0)     COMMENT 'As in core.events',
  ingestion_timestamp TIMESTAMP_NTZ(3) COMMENT 'As in core.events',
  schema_version      VARCHAR          COMMENT 'As in core.events',
  request_id          VARCHAR          COMMENT 'As in core.events',
  collector           VARCHAR          COMMENT 'As in core.events',
  client_dropped      VARIANT          COMMENT 'As in core.events',
  source              VARCHAR          COMMENT 'As in core.events',
  campaign            VARCHAR          COMMENT 'As in core.events',
  product_id          VARCHAR          COMMENT 'As in core.events',
  product_name        VARCHAR          COMMENT 'As in core.events',
  quantity            NUMBER(38,0)     COMMENT 'As in core.events',
  price               NUMBER(38,6)     COMMENT 'As in core.events',
  currency            VARCHAR          COMMENT 'As in core.events',
  store               VARCHAR          COMMENT 'As in core.events',
  transaction_id      VARCHAR          COMMENT 'As in core.events',
  session_number      NUMBER(38,0)     COMMENT 'As in core.events',
  duration_seconds    FLOAT            COMMENT 'As in core.events',
  status              VARCHAR          COMMENT 'As in core.events',
  level               VARCHAR          COMMENT 'As in core.events',
  score               FLOAT            COMMENT 'As in core.events',
  attempt             NUMBER(38,0)     COMMENT 'As in core.events',
  flow                VARCHAR          COMMENT 'As in core.events',
  resource            VARCHAR          COMMENT 'As in core.events',
  amount              NUMBER(38,6)     COMMENT 'As in core.events',
  item_type           VARCHAR          COMMENT 'As in core.events',
  item_id             VARCHAR          COMMENT 'As in core.events',
  action              VARCHAR          COMMENT 'As in core.events',
  ad_type             VARCHAR          COMMENT 'As in core.events',
  placement           VARCHAR          COMMENT 'As in core.events',
  network             VARCHAR          COMMENT 'As in core.events',
  revenue             NUMBER(38,6)     COMMENT 'As in core.events',
  metric              VARCHAR          COMMENT 'As in core.events',
  value               FLOAT            COMMENT 'As in core.events',
  scene               VARCHAR          COMMENT 'As in core.events',
  severity            VARCHAR          COMMENT 'As in core.events',
  message             VARCHAR          COMMENT 'As in core.events',
  stack               VARCHAR          COMMENT 'As in core.events',
  name                VARCHAR          COMMENT 'As in core.events',
  properties          VARIANT          COMMENT 'As in core.events',
  unknown_fields      VARIANT          COMMENT 'As in core.events',
  src_file            VARCHAR          COMMENT 'Of the line',
  src_row             NUMBER(38,0)     COMMENT 'Of the line',
  loaded_at           TIMESTAMP_NTZ(9) COMMENT 'Of the line',
  payload             VARIANT          COMMENT 'The line',
  verified            BOOLEAN          COMMENT 'As in core.events'
)
  DATA_RETENTION_TIME_IN_DAYS = 0
  COMMENT = 'The lines that a run is about';

CREATE OR ALTER TRANSIENT TABLE load.erasing (
  erasure_id   VARCHAR          COMMENT 'As the collector answered it',
  game_id      VARCHAR          COMMENT 'The game',
  user_id      VARCHAR          COMMENT 'The player, for as long as the run lasts',
  player_hash  VARCHAR          COMMENT 'As core.erasure_requests.player_hash',
  requested_at TIMESTAMP_NTZ(3) COMMENT 'When it was first asked for, UTC'
)
  DATA_RETENTION_TIME_IN_DAYS = 0
  COMMENT = 'The players whom a run erases';

CREATE OR ALTER TABLE load.load_runs (
  run_id         VARCHAR          COMMENT 'UUID',
  started_at     TIMESTAMP_NTZ(3) COMMENT 'UTC',
  finished_at    TIMESTAMP_NTZ(3) COMMENT 'UTC',
  raw_rows       NUMBER(38,0)     COMMENT 'Lines that the stream had',
  events         NUMBER(38,0)     COMMENT 'Events that were new',
  duplicates     NUMBER(38,0)     COMMENT 'Lines of events that were there already',
  rejected       NUMBER(38,0)     COMMENT 'Rejections that were new',
  exchange_rates NUMBER(38,0)     COMMENT 'Rates that were new or changed',
  erased_rows    NUMBER(38,0)     COMMENT 'Lines about players who are erased: dropped',
  CONSTRAINT load_runs_key PRIMARY KEY (run_id)
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'One row per run of the load';

-- Without the salt nobody can try user_ids against the hashes. Drawn once; never to be changed: later lines are recognised by it.
CREATE OR ALTER TABLE load.erasure_salt (
  salt VARCHAR COMMENT 'Random; only the role of the load and the owner read it'
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'One row';
INSERT INTO load.erasure_salt (salt)
SELECT UUID_STRING() || UUID_STRING() AS salt
WHERE NOT EXISTS (SELECT 1 FROM load.erasure_salt);

CREATE OR REPLACE PROCEDURE load.load_batch()
  RETURNS VARCHAR
  LANGUAGE SQL
  COMMENT = 'Loads what the stream has'
  EXECUTE AS OWNER
AS
$$
DECLARE
  started_at TIMESTAMP_NTZ DEFAULT SYSDATE();
  raw_rows NUMBER DEFAULT 0;
  event_rows NUMBER DEFAULT 0;
  replaced NUMBER DEFAULT 0;
  events NUMBER DEFAULT 0;
  rejected NUMBER DEFAULT 0;
  exchange_rates NUMBER DEFAULT 0;
  erased_rows NUMBER DEFAULT 0;
  since DATE;
  rejected_since TIMESTAMP_NTZ;
BEGIN
  BEGIN TRANSACTION;

  -- 1. What the stream has, with types. Money and amounts have fewer digits here than in core: beyond them they are nobody's, and one
  -- such line could make a sum overflow for everybody.
  INSERT INTO load.batch (
    record_type, problem, player_hash, event_id, event_type, game_id, user_id, session_id, seq, platform, app_version,
    country, device_model, timestamp, event_date, client_timestamp, clock_offset_ms, ingestion_timestamp, schema_version,
    request_id, collector, client_dropped, source, campaign, product_id, product_name, quantity, price, currency,
    store, transaction_id, session_number, duration_seconds, status, level, score, attempt, flow, resource, amount,
    item_type, item_id, action, ad_type, placement, network, revenue, metric, value, scene, severity, message, stack,
    name, properties, unknown_fields, src_file, src_row, loaded_at, payload, verified
  )
  WITH lines AS (
    SELECT
      payload,
      payload:record_type::VARCHAR AS record_type,
      payload:event_id::VARCHAR AS event_id,
      payload:event_type::VARCHAR AS event_type,
      payload:game_id::VARCHAR AS game_id,
      payload:user_id::VARCHAR AS user_id,
      payload:session_id::VARCHAR AS session_id,
      TRY_TO_DECIMAL(payload:seq::VARCHAR, 15, 0) AS seq,
      payload:platform::VARCHAR AS platform,
      payload:app_version::VARCHAR AS app_version,
      payload:country::VARCHAR AS country,
      payload:properties.device_model::VARCHAR AS device_model,
      TRY_TO_TIMESTAMP_NTZ(payload:timestamp::VARCHAR)::TIMESTAMP_NTZ(3) AS timestamp,
      payload:client_timestamp::VARCHAR AS client_timestamp,
      TRY_TO_DECIMAL(payload:clock_offset_ms::VARCHAR, 38, 0) AS clock_offset_ms,
      TRY_TO_TIMESTAMP_NTZ(payload:ingestion_timestamp::VARCHAR)::TIMESTAMP_NTZ(3) AS ingestion_timestamp,
      payload:schema_version::VARCHAR AS schema_version,
      payload:request_id::VARCHAR AS request_id,
      payload:collector::VARCHAR AS collector,
      payload:client_dropped::VARIANT AS client_dropped,
      payload:source::VARCHAR AS source,
      payload:campaign::VARCHAR AS campaign,
      payload:product_id::VARCHAR AS product_id,
      payload:product_name::VARCHAR AS product_name,
      TRY_TO_DECIMAL(payload:quantity::VARCHAR, 7, 0) AS quantity,
      TRY_TO_DECIMAL(payload:price::VARCHAR, 21, 6) AS price,
      payload:currency::VARCHAR AS currency,
      payload:store::VARCHAR AS store,
      payload:transaction_id::VARCHAR AS transaction_id,
      TRY_TO_BOOLEAN(payload:verified::VARCHAR) AS verified,
      TRY_TO_DECIMAL(payload:session_number::VARCHAR, 18, 0) AS session_number,
      TRY_TO_DOUBLE(payload:duration_seconds::VARCHAR) AS duration_seconds,
      payload:status::VARCHAR AS status,
      payload:level::VARCHAR AS level,
      TRY_TO_DOUBLE(payload:score::VARCHAR) AS score,
      TRY_TO_DECIMAL(payload:attempt::VARCHAR, 18, 0) AS attempt,
      payload:flow::VARCHAR AS flow,
      payload:resource::VARCHAR AS resource,
      TRY_TO_DECIMAL(payload:amount::VARCHAR, 27, 6) AS amount,
      payload:item_type::VARCHAR AS item_type,
      payload:item_id::VARCHAR AS item_id,
      payload:action::VARCHAR AS action,
      payload:ad_type::VARCHAR AS ad_type,
      payload:placement::VARCHAR AS placement,
      payload:network::VARCHAR AS network,
      TRY_TO_DECIMAL(payload:revenue::VARCHAR, 21, 6) AS revenue,
      payload:metric::VARCHAR AS metric,
      TRY_TO_DOUBLE(payload:value::VARCHAR) AS value,
      payload:scene::VARCHAR AS scene,
      payload:severity::VARCHAR AS severity,
      payload:message::VARCHAR AS message,
      payload:stack::VARCHAR AS stack,
      payload:name::VARCHAR AS name,
      payload:properties::VARIANT AS properties,
      payload:seq::VARCHAR AS seq_text,
      payload:clock_offset_ms::VARCHAR AS clock_offset_ms_text,
      payload:quantity::VARCHAR AS quantity_text,
      payload:price::VARCHAR AS price_text,
      payload:verified::VARCHAR AS verified_text,
      payload:session_number::VARCHAR AS session_number_text,
      payload:duration_seconds::VARCHAR AS duration_seconds_text,
      payload:score::VARCHAR AS score_text,
      payload:attempt::VARCHAR AS attempt_text,
      payload:amount::VARCHAR AS amount_text,
      payload:revenue::VARCHAR AS revenue_text,
      payload:value::VARCHAR AS value_text,
      payload:usd_per_unit::VARCHAR AS usd_per_unit,
      payload:valid_from::VARCHAR AS valid_from,
      payload:erasure_id::VARCHAR AS erasure_id,
      src_file,
      src_row,
      CONVERT_TIMEZONE('UTC', loaded_at)::TIMESTAMP_NTZ(9) AS loaded_at
    FROM raw.raw_events_stream
  ), judged AS (
    SELECT
      lines.*,
      CASE
        WHEN record_type IS NULL THEN 'record_type:required'
        WHEN record_type = 'rejected' THEN NULL
        WHEN record_type = 'exchange_rate' THEN CASE
          WHEN currency IS NULL THEN 'currency:required'
          WHEN ingestion_timestamp IS NULL THEN 'ingestion_timestamp:invalid_timestamp'
          WHEN TRY_TO_TIMESTAMP_NTZ(valid_from) IS NULL THEN 'valid_from:invalid_timestamp'
          -- Bounds as for amounts, below: a product or a quotient of the two must fit NUMBER(38,12).
          WHEN COALESCE(TRY_TO_DECIMAL(usd_per_unit, 38, 12), 0) <= 0 THEN 'usd_per_unit:invalid_decimal'
          WHEN TRY_TO_DECIMAL(usd_per_unit, 38, 12) >= 100000 OR TRY_TO_DECIMAL(usd_per_unit, 38, 12) < 0.0000001
            THEN 'usd_per_unit:out_of_range'
        END
        WHEN record_type = 'erasure' THEN CASE
          WHEN erasure_id IS NULL THEN 'erasure_id:required'
          WHEN game_id IS NULL THEN 'game_id:required'
          WHEN user_id IS NULL THEN 'user_id:required'
        END
        WHEN record_type <> 'event' THEN 'record_type:unknown_value'
        WHEN event_id IS NULL THEN 'event_id:required'
        WHEN event_type IS NULL THEN 'event_type:required'
        WHEN game_id IS NULL THEN 'game_id:required'
        WHEN user_id IS NULL THEN 'user_id:required'
        WHEN session_id IS NULL THEN 'session_id:required'
        WHEN timestamp IS NULL THEN 'timestamp:invalid_timestamp'
        WHEN ingestion_timestamp IS NULL THEN 'ingestion_timestamp:invalid_timestamp'
        WHEN seq IS NULL AND seq_text IS NOT NULL THEN 'seq:invalid_number'
        WHEN clock_offset_ms IS NULL AND clock_offset_ms_text IS NOT NULL THEN 'clock_offset_ms:invalid_number'
        WHEN quantity IS NULL AND quantity_text IS NOT NULL THEN 'quantity:invalid_number'
        WHEN price IS NULL AND price_text IS NOT NULL THEN 'price:invalid_number'
        WHEN verified IS NULL AND verified_text IS NOT NULL THEN 'verified:invalid_boolean'
        WHEN session_number IS NULL AND session_number_text IS NOT NULL THEN 'session_number:invalid_number'
        WHEN duration_seconds IS NULL AND duration_seconds_text IS NOT NULL THEN 'duration_seconds:invalid_number'
        WHEN score IS NULL AND score_text IS NOT NULL THEN 'score:invalid_number'
        WHEN attempt IS NULL AND attempt_text IS NOT NULL THEN 'attempt:invalid_number'
        WHEN amount IS NULL AND amount_text IS NOT NULL THEN 'amount:invalid_number'
        WHEN revenue IS NULL AND revenue_text IS NOT NULL THEN 'revenue:invalid_number'
        WHEN value IS NULL AND value_text IS NOT NULL THEN 'value:invalid_number'
        WHEN event_type = 'purchase' AND product_id IS NULL THEN 'product_id:required'
        WHEN event_type = 'purchase' AND price IS NULL THEN 'price:required'
        WHEN event_type = 'purchase' AND currency IS NULL THEN 'currency:required'
        WHEN event_type = 'purchase' AND store IS NULL THEN 'store:required'
        WHEN event_type = 'purchase' AND price < 0 THEN 'price:out_of_range'
        WHEN event_type = 'purchase' AND (quantity < 1 OR quantity > 1000000) THEN 'quantity:out_of_range'
        WHEN event_type = 'purchase' AND price * COALESCE(quantity, 1) >= 1e15 THEN 'price:out_of_range'
        WHEN event_type = 'ad' AND revenue < 0 THEN 'revenue:out_of_range'
      END AS problem,
      OBJECT_DELETE(AS_OBJECT(payload),
        'event_id', 'event_type', 'game_id', 'user_id', 'session_id', 'seq', 'platform', 'app_version', 'country',
        'timestamp', 'client_timestamp', 'clock_offset_ms', 'ingestion_timestamp', 'schema_version', 'request_id',
        'collector', 'client_dropped', 'source', 'campaign', 'product_id', 'product_name', 'quantity', 'price',
        'currency', 'store', 'transaction_id', 'verified', 'session_number', 'duration_seconds', 'status', 'level', 'score',
        'attempt', 'flow', 'resource', 'amount', 'item_type', 'item_id', 'action', 'ad_type', 'placement', 'network',
        'revenue', 'metric', 'value', 'scene', 'severity', 'message', 'stack', 'name', 'properties', 'record_type'
      ) AS remainder
    FROM lines
  )
  SELECT
    record_type,
    problem,
    SHA2((SELECT MAX(salt) FROM load.erasure_salt) || '/' || game_id || '/' || user_id) AS player_hash,
    event_id, event_type, game_id, user_id, session_id, seq, platform, app_version, country, device_model, timestamp,
    timestamp::DATE AS event_date, client_timestamp, clock_offset_ms, ingestion_timestamp, schema_version, request_id,
    collector, client_dropped, source, campaign, product_id, product_name, quantity, price, currency, store,
    transaction_id, session_number, duration_seconds, status, level, score, attempt, flow, resource, amount,
    item_type, item_id, action, ad_type, placement, network, revenue, metric, value, scene, severity, message, stack,
    name, properties, IFF(ARRAY_SIZE(OBJECT_KEYS(remainder)) = 0, NULL, remainder)::VARIANT AS unknown_fields,
    src_file, src_row, loaded_at,
    payload, verified
  FROM judged;
  raw_rows := SQLROWCOUNT;

  -- 2. Whom to erase: from every table, and from this batch. The row that is the proof is counted before, and tells no name.
  INSERT INTO load.erasing (erasure_id, game_id, user_id, player_hash, requested_at)
  SELECT
    payload:erasure_id::VARCHAR AS erasure_id,
    game_id,
    user_id,
    player_hash,
    TRY_TO_TIMESTAMP_NTZ(payload:requested_at::VARCHAR)::TIMESTAMP_NTZ(3) AS requested_at
  FROM load.batch
  WHERE record_type = 'erasure'
    AND problem IS NULL
    AND player_hash NOT IN (SELECT player_hash FROM core.erasure_requests)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY player_hash ORDER BY requested_at, erasure_id) = 1;

  INSERT INTO core.erasure_requests (
    erasure_id, game_id, player_hash, requested_at, executed_at, raw_rows, events, purchases, rejected_events, users, sessions, proof
  )
  WITH counted AS (
    SELECT 'raw_rows' AS what, p.erasure_id, COUNT(*) AS n
    FROM raw.raw_events AS t
    JOIN load.erasing AS p ON t.payload:game_id::VARCHAR = p.game_id AND t.payload:user_id::VARCHAR = p.user_id
    GROUP BY p.erasure_id
    UNION ALL
    SELECT 'events' AS what, p.erasure_id, COUNT(*) AS n
    FROM core.events AS t JOIN load.erasing AS p ON t.game_id = p.game_id AND t.user_id = p.user_id
    GROUP BY p.erasure_id
    UNION ALL
    SELECT 'purchases' AS what, p.erasure_id, COUNT(*) AS n
    FROM core.fact_purchases AS t JOIN load.erasing AS p ON t.game_id = p.game_id AND t.user_id = p.user_id
    GROUP BY p.erasure_id
    UNION ALL
    SELECT 'rejected_events' AS what, p.erasure_id, COUNT(*) AS n
    FROM core.rejected_events AS t JOIN load.erasing AS p ON t.game_id = p.game_id AND t.user_id = p.user_id
    GROUP BY p.erasure_id
    UNION ALL
    SELECT 'users' AS what, p.erasure_id, COUNT(*) AS n
    FROM core.dim_users AS t JOIN load.erasing AS p ON t.game_id = p.game_id AND t.user_id = p.user_id
    GROUP BY p.erasure_id
    UNION ALL
    SELECT 'sessions' AS what, p.erasure_id, COUNT(*) AS n
    FROM core.dim_sessions AS t JOIN load.erasing AS p ON t.game_id = p.game_id AND t.user_id = p.user_id
    GROUP BY p.erasure_id
  ), requests AS (
    SELECT
      p.erasure_id,
      p.game_id,
      p.player_hash,
      p.requested_at,
      :started_at AS executed_at,
      SUM(IFF(c.what = 'raw_rows', c.n, 0)) AS raw_rows,
      SUM(IFF(c.what = 'events', c.n, 0)) AS events,
      SUM(IFF(c.what = 'purchases', c.n, 0)) AS purchases,
      SUM(IFF(c.what = 'rejected_events', c.n, 0)) AS rejected_events,
      SUM(IFF(c.what = 'users', c.n, 0)) AS users,
      SUM(IFF(c.what = 'sessions', c.n, 0)) AS sessions
    FROM load.erasing AS p
    LEFT JOIN counted AS c ON c.erasure_id = p.erasure_id
    GROUP BY p.erasure_id, p.game_id, p.player_hash, p.requested_at
  )
  SELECT
    erasure_id, game_id, player_hash, requested_at, executed_at, raw_rows, events, purchases, rejected_events, users, sessions,
    SHA2(CONCAT_WS('/', erasure_id, game_id, player_hash, COALESCE(requested_at::VARCHAR, ''), executed_at::VARCHAR, raw_rows, events, purchases, rejected_events, users, sessions)) AS proof
  FROM requests;

  DELETE FROM raw.raw_events
    WHERE (payload:game_id::VARCHAR, payload:user_id::VARCHAR) IN (SELECT game_id, user_id FROM load.erasing);
  DELETE FROM core.events WHERE (game_id, user_id) IN (SELECT game_id, user_id FROM load.erasing);
  DELETE FROM core.fact_purchases WHERE (game_id, user_id) IN (SELECT game_id, user_id FROM load.erasing);
  DELETE FROM core.rejected_events WHERE (game_id, user_id) IN (SELECT game_id, user_id FROM load.erasing);
  DELETE FROM core.dim_users WHERE (game_id, user_id) IN (SELECT game_id, user_id FROM load.erasing);
  DELETE FROM core.dim_sessions WHERE (game_id, user_id) IN (SELECT game_id, user_id FROM load.erasing);
  DELETE FROM load.erasing;

  -- An erasure holds for good: files arrive in no order, and a game may go on sending.
  DELETE FROM raw.raw_events
    WHERE (src_file, src_row) IN (
      SELECT src_file, src_row
      FROM load.batch
      WHERE player_hash IN (SELECT player_hash FROM core.erasure_requests)
    );
  DELETE FROM load.batch WHERE player_hash IN (SELECT player_hash FROM core.erasure_requests);
  erased_rows := SQLROWCOUNT;

  -- 3. What is no event. The same line was received at the same time: no need to look further back.
  SELECT MIN(ingestion_timestamp) INTO :rejected_since
  FROM load.batch
  WHERE problem IS NOT NULL OR record_type = 'rejected';
  MERGE INTO core.rejected_events AS t
  USING (
    SELECT
      SHA2(TO_JSON(payload)) AS rejection_id,
      IFF(problem IS NULL, 'collector', 'warehouse') AS rejected_by,
      COALESCE(SPLIT_PART(problem, ':', 2), payload:errors[0].code::VARCHAR, 'unknown') AS reason,
      COALESCE(SPLIT_PART(problem, ':', 1), payload:errors[0].path::VARCHAR) AS path,
      payload:errors::VARIANT AS errors,
      event_id, event_type, game_id, user_id, app_version,
      COALESCE(payload:raw::VARCHAR, LEFT(TO_JSON(payload), 8192)) AS raw,
      ingestion_timestamp, request_id, src_file, src_row, loaded_at
    FROM load.batch
    WHERE problem IS NOT NULL OR record_type = 'rejected'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY rejection_id ORDER BY src_file, src_row) = 1
  ) AS s
  ON t.rejection_id = s.rejection_id AND (t.ingestion_timestamp >= :rejected_since OR t.ingestion_timestamp IS NULL)
  WHEN NOT MATCHED THEN INSERT (
    rejection_id, rejected_by, reason, path, errors, event_id, event_type, game_id, user_id, app_version,
    raw, ingestion_timestamp, request_id, src_file, src_row, loaded_at
  ) VALUES (
    s.rejection_id, s.rejected_by, s.reason, s.path, s.errors, s.event_id, s.event_type, s.game_id, s.user_id, s.app_version,
    s.raw, s.ingestion_timestamp, s.request_id, s.src_file, s.src_row, s.loaded_at
  );
  rejected := SQLROWCOUNT;
  DELETE FROM load.batch WHERE problem IS NOT NULL OR record_type IN ('rejected', 'erasure');

  -- 4. Rates: of two for the same moment the later one holds.
  MERGE INTO core.exchange_rates AS t
  USING (
    SELECT
      UPPER(currency) AS currency,
      TRY_TO_TIMESTAMP_NTZ(payload:valid_from::VARCHAR)::TIMESTAMP_NTZ(3) AS valid_from,
      TRY_TO_DECIMAL(payload:usd_per_unit::VARCHAR, 38, 12) AS usd_per_unit,
      payload:source::VARCHAR AS source,
      ingestion_timestamp
    FROM load.batch
    WHERE record_type = 'exchange_rate'
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY UPPER(currency), valid_from ORDER BY ingestion_timestamp DESC, usd_per_unit DESC
    ) = 1
  ) AS s
  ON t.currency = s.currency AND t.valid_from = s.valid_from
  WHEN MATCHED AND (
    t.ingestion_timestamp IS NULL
    OR s.ingestion_timestamp > t.ingestion_timestamp
    OR s.ingestion_timestamp = t.ingestion_timestamp AND s.usd_per_unit > t.usd_per_unit
  ) THEN UPDATE SET
    usd_per_unit = s.usd_per_unit, source = s.source, ingestion_timestamp = s.ingestion_timestamp
  WHEN NOT MATCHED THEN INSERT (currency, valid_from, usd_per_unit, source, ingestion_timestamp)
    VALUES (s.currency, s.valid_from, s.usd_per_unit, s.source, s.ingestion_timestamp);
  exchange_rates := SQLROWCOUNT;
  DELETE FROM load.batch WHERE record_type = 'exchange_rate';

  -- 5. Each event once: of several lines about one, that which the collector received first, whenever it comes here. Looked for 31 days
  -- back from the batch's earliest event: the collector takes nothing older than 30, so that a twin of other times is no further away.
  SELECT COUNT(*), DATEADD(day, -31, MIN(event_date)) INTO :event_rows, :since FROM load.batch;

  DELETE FROM core.fact_purchases
    WHERE event_date >= :since AND event_id IN (
      SELECT s.event_id
      FROM load.batch AS s
      JOIN core.events AS t ON t.event_id = s.event_id AND t.event_date >= :since
      WHERE s.ingestion_timestamp < t.ingestion_timestamp
        OR s.ingestion_timestamp = t.ingestion_timestamp AND s.request_id < t.request_id
    );
  DELETE FROM core.events
    WHERE event_date >= :since AND event_id IN (
      SELECT s.event_id
      FROM load.batch AS s
      JOIN core.events AS t ON t.event_id = s.event_id AND t.event_date >= :since
      WHERE s.ingestion_timestamp < t.ingestion_timestamp
        OR s.ingestion_timestamp = t.ingestion_timestamp AND s.request_id < t.request_id
    );
  replaced := SQLROWCOUNT;

  MERGE INTO core.events AS t
  USING (
    SELECT *
    FROM load.batch
    QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY ingestion_timestamp, request_id, src_file, src_row) = 1
  ) AS s
  ON t.event_id = s.event_id AND t.event_date >= :since
  WHEN NOT MATCHED THEN INSERT (
    event_id, event_type, game_id, user_id, session_id, seq, platform, app_version, country, device_model, timestamp, event_date,
    client_timestamp, clock_offset_ms, ingestion_timestamp, schema_version, request_id, collector, client_dropped,
    source, campaign, product_id, product_name, quantity, price, currency, store, transaction_id, session_number,
    duration_seconds, status, level, score, attempt, flow, resource, amount, item_type, item_id, action, ad_type,
    placement, network, revenue, metric, value, scene, severity, message, stack, name, properties, unknown_fields,
    src_file, src_row, loaded_at, verified
  ) VALUES (
    s.event_id, s.event_type, s.game_id, s.user_id, s.session_id, s.seq, s.platform, s.app_version, s.country,
    s.device_model, s.timestamp, s.event_date, s.client_timestamp, s.clock_offset_ms, s.ingestion_timestamp, s.schema_version,
    s.request_id, s.collector, s.client_dropped, s.source, s.campaign, s.product_id, s.product_name, s.quantity,
    s.price, s.currency, s.store, s.transaction_id, s.session_number, s.duration_seconds, s.status, s.level, s.score,
    s.attempt, s.flow, s.resource, s.amount, s.item_type, s.item_id, s.action, s.ad_type, s.placement, s.network,
    s.revenue, s.metric, s.value, s.scene, s.severity, s.message, s.stack, s.name, s.properties, s.unknown_fields,
    s.src_file, s.src_row, s.loaded_at, s.verified
  );
  events := SQLROWCOUNT - replaced;

  -- From core.events, which has one line of each id: a game that gives an id twice must not earn what is no event.
  MERGE INTO core.fact_purchases AS t
  USING (
    SELECT
      event_id, game_id, user_id, session_id, timestamp, event_date, ingestion_timestamp, platform, app_version, country,
      product_id, product_name, COALESCE(quantity, 1) AS quantity, price,
      (price * COALESCE(quantity, 1))::NUMBER(38,6) AS amount,
      currency, store, transaction_id, verified
    FROM core.events
    WHERE event_date >= :since
      AND event_type = 'purchase'
      AND event_id IN (SELECT event_id FROM load.batch WHERE event_type = 'purchase')
    QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY ingestion_timestamp, request_id) = 1
  ) AS s
  ON t.event_id = s.event_id AND t.event_date >= :since
  WHEN NOT MATCHED THEN INSERT (
    event_id, game_id, user_id, session_id, timestamp, event_date, ingestion_timestamp, platform, app_version, country,
    product_id, product_name, quantity, price, amount, currency, store, transaction_id, verified
  ) VALUES (
    s.event_id, s.game_id, s.user_id, s.session_id, s.timestamp, s.event_date, s.ingestion_timestamp, s.platform, s.app_version,
    s.country, s.product_id, s.product_name, s.quantity, s.price, s.amount, s.currency, s.store, s.transaction_id, s.verified
  );

  -- 6. Players and sessions: earliest, latest, and what came with the earliest, of all lines: merged in any order they are the same.
  MERGE INTO core.dim_users AS t
  USING (
    WITH firsts AS (
      SELECT game_id, user_id, timestamp, event_id, platform, country, app_version
      FROM load.batch
      QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, user_id ORDER BY timestamp, event_id) = 1
    ), lasts AS (
      SELECT game_id, user_id, MAX(timestamp) AS last_seen_at
      FROM load.batch
      GROUP BY game_id, user_id
    ), installs AS (
      SELECT game_id, user_id, timestamp, event_id, source, campaign, country, platform, app_version
      FROM load.batch
      WHERE event_type = 'install'
      QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, user_id ORDER BY timestamp, event_id) = 1
    )
    SELECT
      f.game_id,
      f.user_id,
      f.timestamp AS first_seen_at,
      f.event_id AS first_event_id,
      f.platform AS first_platform,
      f.country AS first_country,
      f.app_version AS first_app_version,
      l.last_seen_at,
      i.timestamp AS installed_at,
      i.event_id AS install_event_id,
      i.source AS install_source,
      i.campaign AS install_campaign,
      i.country AS install_country,
      i.platform AS install_platform,
      i.app_version AS install_app_version
    FROM firsts AS f
    JOIN lasts AS l ON l.game_id = f.game_id AND l.user_id = f.user_id
    LEFT JOIN installs AS i ON i.game_id = f.game_id AND i.user_id = f.user_id
    QUALIFY ROW_NUMBER() OVER (PARTITION BY f.game_id, f.user_id ORDER BY f.timestamp) = 1
  ) AS s
  ON t.game_id = s.game_id AND t.user_id = s.user_id
  WHEN MATCHED THEN UPDATE SET
    first_seen_at = LEAST(t.first_seen_at, s.first_seen_at),
    first_event_id = IFF(s.first_seen_at < t.first_seen_at OR s.first_seen_at = t.first_seen_at AND s.first_event_id < t.first_event_id,
      s.first_event_id, t.first_event_id),
    first_platform = IFF(s.first_seen_at < t.first_seen_at OR s.first_seen_at = t.first_seen_at AND s.first_event_id < t.first_event_id,
      s.first_platform, t.first_platform),
    first_country = IFF(s.first_seen_at < t.first_seen_at OR s.first_seen_at = t.first_seen_at AND s.first_event_id < t.first_event_id,
      s.first_country, t.first_country),
    first_app_version = IFF(s.first_seen_at < t.first_seen_at OR s.first_seen_at = t.first_seen_at AND s.first_event_id < t.first_event_id,
      s.first_app_version, t.first_app_version),
    last_seen_at = GREATEST(t.last_seen_at, s.last_seen_at),
    installed_at = LEAST(COALESCE(t.installed_at, s.installed_at), COALESCE(s.installed_at, t.installed_at)),
    install_event_id = IFF(t.installed_at IS NULL OR s.installed_at < t.installed_at
      OR s.installed_at = t.installed_at AND s.install_event_id < t.install_event_id, s.install_event_id, t.install_event_id),
    install_source = IFF(t.installed_at IS NULL OR s.installed_at < t.installed_at
      OR s.installed_at = t.installed_at AND s.install_event_id < t.install_event_id, s.install_source, t.install_source),
    install_campaign = IFF(t.installed_at IS NULL OR s.installed_at < t.installed_at
      OR s.installed_at = t.installed_at AND s.install_event_id < t.install_event_id, s.install_campaign, t.install_campaign),
    install_country = IFF(t.installed_at IS NULL OR s.installed_at < t.installed_at
      OR s.installed_at = t.installed_at AND s.install_event_id < t.install_event_id, s.install_country, t.install_country),
    install_platform = IFF(t.installed_at IS NULL OR s.installed_at < t.installed_at
      OR s.installed_at = t.installed_at AND s.install_event_id < t.install_event_id, s.install_platform, t.install_platform),
    install_app_version = IFF(t.installed_at IS NULL OR s.installed_at < t.installed_at
      OR s.installed_at = t.installed_at AND s.install_event_id < t.install_event_id, s.install_app_version, t.install_app_version)
  WHEN NOT MATCHED THEN INSERT (
    game_id, user_id, first_seen_at, first_event_id, first_platform, first_country, first_app_version, last_seen_at,
    installed_at, install_event_id, install_source, install_campaign, install_country, install_platform, install_app_version
  ) VALUES (
    s.game_id, s.user_id, s.first_seen_at, s.first_event_id, s.first_platform, s.first_country, s.first_app_version, s.last_seen_at,
    s.installed_at, s.install_event_id, s.install_source, s.install_campaign, s.install_country, s.install_platform,
    s.install_app_version
  );

  MERGE INTO core.dim_sessions AS t
  USING (
    WITH firsts AS (
      SELECT game_id, user_id, session_id, timestamp, event_id, platform, app_version, country
      FROM load.batch
      QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, user_id, session_id ORDER BY timestamp, event_id) = 1
    ), sums AS (
      SELECT
        game_id,
        user_id,
        session_id,
        MAX(timestamp) AS last_event_at,
        MIN(session_number) AS session_number,
        COUNT_IF(event_type = 'session_start') > 0 AS has_start,
        COUNT_IF(event_type = 'session_end') > 0 AS has_end,
        COUNT_IF(event_type = 'error' AND severity = 'critical') > 0 AS has_critical_error
      FROM load.batch
      GROUP BY game_id, user_id, session_id
    )
    SELECT
      f.game_id,
      f.user_id,
      f.session_id,
      f.timestamp AS started_at,
      f.event_id AS first_event_id,
      f.platform,
      f.app_version,
      f.country,
      m.last_event_at,
      m.session_number,
      m.has_start,
      m.has_end,
      m.has_critical_error
    FROM firsts AS f
    JOIN sums AS m ON m.game_id = f.game_id AND m.user_id = f.user_id AND m.session_id = f.session_id
    QUALIFY ROW_NUMBER() OVER (PARTITION BY f.game_id, f.user_id, f.session_id ORDER BY f.timestamp) = 1
  ) AS s
  ON t.game_id = s.game_id AND t.user_id = s.user_id AND t.session_id = s.session_id
  WHEN MATCHED THEN UPDATE SET
    started_at = LEAST(t.started_at, s.started_at),
    first_event_id = IFF(s.started_at < t.started_at OR s.started_at = t.started_at AND s.first_event_id < t.first_event_id,
      s.first_event_id, t.first_event_id),
    platform = IFF(s.started_at < t.started_at OR s.started_at = t.started_at AND s.first_event_id < t.first_event_id,
      s.platform, t.platform),
    app_version = IFF(s.started_at < t.started_at OR s.started_at = t.started_at AND s.first_event_id < t.first_event_id,
      s.app_version, t.app_version),
    country = IFF(s.started_at < t.started_at OR s.started_at = t.started_at AND s.first_event_id < t.first_event_id,
      s.country, t.country),
    last_event_at = GREATEST(t.last_event_at, s.last_event_at),
    session_number = LEAST(COALESCE(t.session_number, s.session_number), COALESCE(s.session_number, t.session_number)),
    has_start = t.has_start OR s.has_start,
    has_end = t.has_end OR s.has_end,
    has_critical_error = t.has_critical_error OR s.has_critical_error
  WHEN NOT MATCHED THEN INSERT (
    game_id, user_id, session_id, started_at, first_event_id, platform, app_version, country, last_event_at, session_number,
    has_start, has_end, has_critical_error
  ) VALUES (
    s.game_id, s.user_id, s.session_id, s.started_at, s.first_event_id, s.platform, s.app_version, s.country, s.last_event_at,
    s.session_number, s.has_start, s.has_end, s.has_critical_error
  );

  DELETE FROM load.batch;
  INSERT INTO load.load_runs (
    run_id, started_at, finished_at, raw_rows, events, duplicates, rejected, exchange_rates, erased_rows
  )
  SELECT
    UUID_STRING() AS run_id, :started_at AS started_at, SYSDATE() AS finished_at, :raw_rows AS raw_rows, :events AS events,
    :event_rows - :events AS duplicates, :rejected AS rejected, :exchange_rates AS exchange_rates, :erased_rows AS erased_rows;
  COMMIT;
  RETURN raw_rows || ' lines, ' || events || ' new events, ' || rejected || ' rejected';
EXCEPTION
  WHEN OTHER THEN
    ROLLBACK;
    RAISE;
END;
$$;

-- Runs when the stream has something, at most every 10 minutes: each run wakes the warehouse, which is billed for a minute at least, so
-- that this is about 2.4 credits a day. For fresher numbers lower it: every minute keeps the warehouse awake, 24 credits a day.
-- Never suspended after failures: what it could not load waits in the stream, and an alert says so.
ALTER TASK IF EXISTS load.load_events SUSPEND;
CREATE OR ALTER TASK load.load_events
  WAREHOUSE = &{database}_LOAD_WH
  USER_TASK_TIMEOUT_MS = 1800000
  SUSPEND_TASK_AFTER_NUM_FAILURES = 0
  QUERY_TAG = 'playtrail:load'
  TIMEZONE = 'UTC'
  COMMENT = 'Loads new lines'
  WHEN SYSTEM$STREAM_HAS_DATA('raw.raw_events_stream')
  AS CALL load.load_batch();
-- CREATE OR ALTER TASK does not take it: https://docs.snowflake.com/en/sql-reference/sql/create-task
ALTER TASK load.load_events SET USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS = 600;
ALTER TASK load.load_events RESUME;
