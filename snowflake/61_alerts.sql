-- Who is written to when something is wrong, and what the mail says. Each alert looks for its findings; what it told is not told again
-- for a day (quality.thresholds.quiet_hours). SELECT * FROM quality.findings shows what is wrong now.
-- The alerts are serverless: an hourly check takes seconds, a warehouse is billed for a minute and more at each start; and they
-- still speak when the resource monitor has suspended the warehouses.

USE ROLE ACCOUNTADMIN;

-- Only verified addresses of the account's users get mail (Snowsight: profile; or SYSTEM$START_USER_EMAIL_VERIFICATION).
CREATE NOTIFICATION INTEGRATION IF NOT EXISTS &{database}_EMAIL
  TYPE = EMAIL
  ENABLED = TRUE
  COMMENT = 'Playtrail: mails of the alerts';
GRANT USAGE ON INTEGRATION &{database}_EMAIL TO ROLE &{database}_OWNER;
GRANT EXECUTE ALERT ON ACCOUNT TO ROLE &{database}_OWNER;
GRANT EXECUTE MANAGED ALERT ON ACCOUNT TO ROLE &{database}_OWNER;

USE ROLE &{database}_OWNER;
USE DATABASE &{database};
USE SCHEMA quality;

CREATE OR ALTER TABLE quality.notices (
  alert      VARCHAR          COMMENT 'The alert that told it',
  subject    VARCHAR          COMMENT 'What it was about',
  detail     VARCHAR          COMMENT 'What was wrong',
  what_to_do VARCHAR          COMMENT 'What to do about it',
  told_at    TIMESTAMP_NTZ(9) COMMENT 'When the mail was sent, UTC'
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Every finding that was told by mail';

CREATE OR REPLACE VIEW quality.findings (
  alert      COMMENT 'The alert that tells it',
  subject    COMMENT 'What it is about: a game, a table, a currency …',
  detail     COMMENT 'What is wrong',
  what_to_do COMMENT 'What to do about it'
)
  COPY GRANTS
  COMMENT = 'One row per thing that is wrong now; empty: all is well'
AS
SELECT
  'stale_data' AS alert,
  f.game_id AS subject,
  'No event of the game ' || f.game_id || ' was received for ' || FLOOR(f.lag_seconds / 3600)::NUMBER(38,0) || ' hours.' AS detail,
  'See whether the collector is up and its queue drains (GET /ready, GET /v1/games/:game/queue), then whether new objects are in the bucket, then SYSTEM$PIPE_STATUS(''raw.events_pipe'').' AS what_to_do
FROM quality.freshness AS f
CROSS JOIN quality.thresholds AS t
WHERE f.lag_seconds > t.stale_after_seconds AND f.events_7d >= t.stale_min_events
UNION ALL
SELECT
  'load_late' AS alert,
  'load.load_events' AS subject,
  b.waiting_lines || ' lines wait for the load, the oldest for ' || FLOOR(b.waiting_seconds / 60)::NUMBER(38,0) || ' minutes.' AS detail,
  'See why the task fails: SELECT * FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => ''LOAD_EVENTS'')) ORDER BY scheduled_time DESC. A warehouse suspended by its resource monitor is one reason. Nothing is lost while the stream is not stale: SHOW STREAMS says until when.' AS what_to_do
FROM quality.load_backlog AS b
CROSS JOIN quality.thresholds AS t
WHERE b.waiting_seconds > t.load_waiting_seconds
UNION ALL
SELECT
  'core_duplicates' AS alert,
  d.table_name AS subject,
  d.table_name || ' has ' || d.surplus_rows || ' rows too many, of ' || d.duplicated_keys || ' keys.' AS detail,
  'Numbers of the marts are too high. See who wrote to the table beside the task load.load_events, and delete the surplus rows.' AS what_to_do
FROM quality.core_duplicates AS d
WHERE d.duplicated_keys > 0
UNION ALL
SELECT
  'reject_rate' AS alert,
  COALESCE(r.game_id, 'no game') || ' ' || COALESCE(r.app_version, 'no version') AS subject,
  'Of the game ' || COALESCE(r.game_id, '(unknown)') || ', version ' || COALESCE(r.app_version, '(unknown)') || ', '
    || SUM(r.rejected) || ' of ' || MAX(r.events) || ' events were rejected on one day.' AS detail,
  'SELECT * FROM quality.reject_rates of that day names reason, field and an example. What the collector rejected the game must send right; lines are in core.rejected_events.' AS what_to_do
FROM quality.reject_rates AS r
CROSS JOIN quality.thresholds AS t
WHERE r.day >= DATEADD(day, -1, SYSDATE())::DATE AND r.events >= t.reject_min_events
GROUP BY r.day, r.game_id, r.app_version, t.reject_share
HAVING SUM(r.rejected) > t.reject_share * MAX(r.events)
UNION ALL
SELECT
  'unconverted_revenue' AS alert,
  u.game_id || ' ' || u.event_type || ' ' || u.currency AS subject,
  u.events || ' ' || u.event_type || ' events of the game ' || u.game_id || ' in ' || u.currency || ' are not in USD.' AS detail,
  'No rate of that currency is valid at their time. Have FX_RATES_URL name a source that has it, or deliver an exchange_rate line: revenue heals by itself.' AS what_to_do
FROM quality.unconverted_revenue AS u
UNION ALL
SELECT
  'old_rates' AS alert,
  'core.exchange_rates' AS subject,
  'The latest exchange rate holds since ' || FLOOR(MIN(r.age_seconds) / 86400)::NUMBER(38,0) || ' days.' AS detail,
  'The cron of the collector fetches rates: its log says why none came (FX_RATES_URL unreachable, a currency missing, a jump over 20 %).' AS what_to_do
FROM quality.rate_freshness AS r
CROSS JOIN quality.thresholds AS t
GROUP BY t.rate_age_seconds
HAVING MIN(r.age_seconds) > t.rate_age_seconds
UNION ALL
SELECT
  'anomaly' AS alert,
  a.game_id || ' ' || a.metric AS subject,
  a.metric || ' of the game ' || a.game_id || ': ' || COUNT(*) || ' of the last 24 hours stand out.' AS detail,
  'SELECT * FROM quality.anomalies WHERE is_anomaly shows which, and by how much. A release, a sale, an outage of a store? Nothing that was loaded is wrong for it.' AS what_to_do
FROM quality.anomalies AS a
WHERE a.is_anomaly
GROUP BY a.game_id, a.metric
UNION ALL
SELECT
  'load_errors' AS alert,
  'raw.events_pipe' AS subject,
  SUM(e.error_lines) || ' lines in ' || COUNT(*) || ' objects could not be copied.' AS detail,
  'SELECT * FROM quality.load_errors names objects and lines. They are still in S3: put a repaired copy under a new name beside them.' AS what_to_do
FROM quality.load_errors AS e
WHERE e.copied_at >= DATEADD(day, -2, SYSDATE())
HAVING COUNT(*) > 0;

CREATE OR REPLACE VIEW quality.untold_findings (
  alert      COMMENT 'As in quality.findings',
  subject    COMMENT 'As in quality.findings',
  detail     COMMENT 'As in quality.findings',
  what_to_do COMMENT 'As in quality.findings'
)
  COPY GRANTS
  COMMENT = 'One row per finding that was not told in the last quality.thresholds.quiet_hours'
AS
WITH told AS (
  SELECT alert, subject, MAX(told_at) AS told_at
  FROM quality.notices
  GROUP BY alert, subject
)
SELECT f.alert, f.subject, f.detail, f.what_to_do
FROM quality.findings AS f
CROSS JOIN quality.thresholds AS t
LEFT JOIN told AS n ON n.alert = f.alert AND n.subject = f.subject
WHERE n.told_at IS NULL OR n.told_at < DATEADD(hour, -t.quiet_hours, SYSDATE());

-- Written down first: should the mail fail, the transaction is undone, and the next run of the alert tries again.
CREATE OR REPLACE PROCEDURE quality.tell(alert_name VARCHAR)
  RETURNS VARCHAR
  LANGUAGE SQL
  COMMENT = 'Mails what an alert found and has not told'
  EXECUTE AS OWNER
AS
$$
DECLARE
  sent_at TIMESTAMP_NTZ DEFAULT SYSDATE();
  title VARCHAR DEFAULT '&{database}: ' || alert_name;
  letter VARCHAR;
BEGIN
  BEGIN TRANSACTION;
  INSERT INTO quality.notices (alert, subject, detail, what_to_do, told_at)
  SELECT alert, subject, detail, what_to_do, :sent_at AS told_at
  FROM quality.untold_findings
  WHERE alert = :alert_name;
  SELECT LISTAGG(detail, '\n') WITHIN GROUP (ORDER BY subject) || '\n\n' || MAX(what_to_do) INTO :letter
  FROM quality.notices
  WHERE alert = :alert_name AND told_at = :sent_at;
  CALL SYSTEM$SEND_EMAIL('&{database}_EMAIL', '&{alert_emails}', :title, :letter);
  COMMIT;
  RETURN letter;
EXCEPTION
  WHEN OTHER THEN
    ROLLBACK;
    RAISE;
END;
$$;

-- CREATE OR ALTER neither resumes nor suspends an alert; a new one is suspended.

CREATE OR ALTER ALERT quality.stale_data_alert
  SCHEDULE = 'USING CRON 7 * * * * UTC'
  COMMENT = 'A game that used to send is silent'
  IF (EXISTS (SELECT 1 FROM quality.untold_findings WHERE alert = 'stale_data'))
  THEN CALL quality.tell('stale_data');
ALTER ALERT quality.stale_data_alert RESUME;

CREATE OR ALTER ALERT quality.load_late_alert
  SCHEDULE = 'USING CRON 22 * * * * UTC'
  COMMENT = 'Lines wait for the load'
  IF (EXISTS (SELECT 1 FROM quality.untold_findings WHERE alert = 'load_late'))
  THEN CALL quality.tell('load_late');
ALTER ALERT quality.load_late_alert RESUME;

CREATE OR ALTER ALERT quality.reject_rate_alert
  SCHEDULE = 'USING CRON 37 * * * * UTC'
  COMMENT = 'A version''s events are rejected'
  IF (EXISTS (SELECT 1 FROM quality.untold_findings WHERE alert = 'reject_rate'))
  THEN CALL quality.tell('reject_rate');
ALTER ALERT quality.reject_rate_alert RESUME;

CREATE OR ALTER ALERT quality.anomaly_alert
  SCHEDULE = 'USING CRON 52 * * * * UTC'
  COMMENT = 'Revenue, installs or errors of an hour stand out'
  IF (EXISTS (SELECT 1 FROM quality.untold_findings WHERE alert = 'anomaly'))
  THEN CALL quality.tell('anomaly');
ALTER ALERT quality.anomaly_alert RESUME;

CREATE OR ALTER ALERT quality.load_errors_alert
  SCHEDULE = 'USING CRON 12 */6 * * * UTC'
  COMMENT = 'Lines in the bucket are no JSON'
  IF (EXISTS (SELECT 1 FROM quality.untold_findings WHERE alert = 'load_errors'))
  THEN CALL quality.tell('load_errors');
ALTER ALERT quality.load_errors_alert RESUME;

CREATE OR ALTER ALERT quality.core_duplicates_alert
  SCHEDULE = 'USING CRON 15 6 * * * UTC'
  COMMENT = 'Keys are there more than once'
  IF (EXISTS (SELECT 1 FROM quality.untold_findings WHERE alert = 'core_duplicates'))
  THEN CALL quality.tell('core_duplicates');
ALTER ALERT quality.core_duplicates_alert RESUME;

CREATE OR ALTER ALERT quality.unconverted_revenue_alert
  SCHEDULE = 'USING CRON 20 6 * * * UTC'
  COMMENT = 'Revenue is not in USD for want of a rate'
  IF (EXISTS (SELECT 1 FROM quality.untold_findings WHERE alert = 'unconverted_revenue'))
  THEN CALL quality.tell('unconverted_revenue');
ALTER ALERT quality.unconverted_revenue_alert RESUME;

CREATE OR ALTER ALERT quality.old_rates_alert
  SCHEDULE = 'USING CRON 25 6 * * * UTC'
  COMMENT = 'No new exchange rates came'
  IF (EXISTS (SELECT 1 FROM quality.untold_findings WHERE alert = 'old_rates'))
  THEN CALL quality.tell('old_rates');
ALTER ALERT quality.old_rates_alert RESUME;
