-- Who may see what: grants, pseudonyms for players, rows by game, and how long lines are kept.
-- Masking and row access policies need the Enterprise edition.

USE ROLE &{database}_OWNER;
USE WAREHOUSE &{database}_LOAD_WH;
USE DATABASE &{database};
USE SCHEMA governance;

-- 1. Pseudonyms. A masked id is the same in every table and every query, so that joins and COUNT(DISTINCT) still tell the truth; without
-- the salt nobody can try ids against it. Policies are evaluated wherever a column is read, through a view too, with the reader's roles.
CREATE OR ALTER TABLE governance.pseudonym_salt (
  salt VARCHAR COMMENT 'Random; changed, every pseudonym changes'
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'One row';
INSERT INTO governance.pseudonym_salt (salt)
SELECT UUID_STRING() || UUID_STRING() AS salt
WHERE NOT EXISTS (SELECT 1 FROM governance.pseudonym_salt);

-- Memoizable: looked up once a session, not once a row. Readers need no privilege on what a policy calls.
CREATE OR REPLACE FUNCTION governance.pseudonym_salt()
  RETURNS VARCHAR
  MEMOIZABLE
  COMMENT = 'The salt, for the masking policy alone'
AS
$$
  SELECT MAX(salt) FROM governance.pseudonym_salt
$$;

CREATE TAG IF NOT EXISTS governance.personal
  ALLOWED_VALUES 'id', 'content'
  COMMENT = 'Column with personal data: id (whom it is about; masked by a pseudonym) or content (what was said; masked away)';

-- IS_ROLE_IN_SESSION wants a name as the account stores it; in a task or a procedure it looks at the owner's role
-- (https://docs.snowflake.com/en/sql-reference/functions/is_role_in_session). The load must see what it writes: were it masked, pseudonyms
-- would be stored for good. The owner, who has the load's role, sees it too.
-- A policy that is in use cannot be replaced, but its body can: no moment is without one.
CREATE MASKING POLICY IF NOT EXISTS governance.mask_text AS (val VARCHAR) RETURNS VARCHAR ->
  '***'
  COMMENT = 'Players under pseudonyms, what they said not at all, but for the privacy officer and the load';
ALTER MASKING POLICY governance.mask_text SET BODY ->
  CASE
    WHEN IS_ROLE_IN_SESSION(UPPER('&{database}_PRIVACY')) THEN val
    WHEN IS_ROLE_IN_SESSION(UPPER('&{database}_TRANSFORMER')) THEN val
    WHEN val IS NULL THEN NULL
    WHEN SYSTEM$GET_TAG_ON_CURRENT_COLUMN('governance.personal') = 'id' THEN SHA2(governance.pseudonym_salt() || val)
    ELSE '***'
  END;

CREATE MASKING POLICY IF NOT EXISTS governance.mask_json AS (val VARIANT) RETURNS VARIANT ->
  NULL
  COMMENT = 'Of an object its field names alone, but for the privacy officer and the load';
ALTER MASKING POLICY governance.mask_json SET BODY ->
  CASE
    WHEN IS_ROLE_IN_SESSION(UPPER('&{database}_PRIVACY')) THEN val
    WHEN IS_ROLE_IN_SESSION(UPPER('&{database}_TRANSFORMER')) THEN val
    WHEN IS_OBJECT(val) THEN OBJECT_KEYS(val)::VARIANT
    ELSE NULL
  END;

-- To set a policy on a tag takes APPLY MASKING POLICY on the account, which the owner need not have for good.
USE ROLE ACCOUNTADMIN;
ALTER TAG governance.personal SET
  MASKING POLICY governance.mask_text,
  MASKING POLICY governance.mask_json
  FORCE;
USE ROLE &{database}_OWNER;

-- load.batch and load.erasing are the load's own, and empty between its runs; raw is open to no reader. Tagged all the same, so that one
-- grant too many shows nobody a player.
ALTER TABLE raw.raw_events MODIFY COLUMN payload SET TAG governance.personal = 'content';
ALTER TABLE load.batch MODIFY COLUMN user_id SET TAG governance.personal = 'id';
ALTER TABLE load.batch MODIFY COLUMN session_id SET TAG governance.personal = 'id';
ALTER TABLE load.batch MODIFY COLUMN transaction_id SET TAG governance.personal = 'id';
ALTER TABLE load.batch MODIFY COLUMN properties SET TAG governance.personal = 'content';
ALTER TABLE load.batch MODIFY COLUMN unknown_fields SET TAG governance.personal = 'content';
ALTER TABLE load.batch MODIFY COLUMN payload SET TAG governance.personal = 'content';
ALTER TABLE load.erasing MODIFY COLUMN user_id SET TAG governance.personal = 'id';
ALTER TABLE core.events MODIFY COLUMN user_id SET TAG governance.personal = 'id';
ALTER TABLE core.events MODIFY COLUMN session_id SET TAG governance.personal = 'id';
ALTER TABLE core.events MODIFY COLUMN transaction_id SET TAG governance.personal = 'id';
ALTER TABLE core.events MODIFY COLUMN properties SET TAG governance.personal = 'content';
ALTER TABLE core.events MODIFY COLUMN unknown_fields SET TAG governance.personal = 'content';
ALTER TABLE core.rejected_events MODIFY COLUMN user_id SET TAG governance.personal = 'id';
ALTER TABLE core.rejected_events MODIFY COLUMN raw SET TAG governance.personal = 'content';
ALTER TABLE core.fact_purchases MODIFY COLUMN user_id SET TAG governance.personal = 'id';
ALTER TABLE core.fact_purchases MODIFY COLUMN session_id SET TAG governance.personal = 'id';
ALTER TABLE core.fact_purchases MODIFY COLUMN transaction_id SET TAG governance.personal = 'id';
ALTER TABLE core.dim_users MODIFY COLUMN user_id SET TAG governance.personal = 'id';
ALTER TABLE core.dim_sessions MODIFY COLUMN user_id SET TAG governance.personal = 'id';
ALTER TABLE core.dim_sessions MODIFY COLUMN session_id SET TAG governance.personal = 'id';

-- 2. Rows by game. Out of the box the analysts see every game. To part them: a role per studio that is granted &{database}_ANALYST, a row
-- for each of its games, and the row of '*' deleted.
CREATE OR ALTER TABLE governance.game_access (
  role_name VARCHAR NOT NULL COMMENT 'The role, as SHOW ROLES spells it',
  game_id   VARCHAR NOT NULL COMMENT 'The game that it sees; *: all'
)
  DATA_RETENTION_TIME_IN_DAYS = 7
  COMMENT = 'Which role sees which game';
INSERT INTO governance.game_access (role_name, game_id)
SELECT UPPER('&{database}_ANALYST') AS role_name, '*' AS game_id
WHERE NOT EXISTS (SELECT 1 FROM governance.game_access);

CREATE ROW ACCESS POLICY IF NOT EXISTS governance.games_of_role AS (game VARCHAR) RETURNS BOOLEAN ->
  FALSE
  COMMENT = 'The games that governance.game_access gives to a role of the session; all to the privacy officer and the load';
-- Two subqueries: one that compares with the row by OR is of the kind that Snowflake may refuse ("Unsupported subquery type").
ALTER ROW ACCESS POLICY governance.games_of_role SET BODY ->
  IS_ROLE_IN_SESSION(UPPER('&{database}_PRIVACY'))
  OR IS_ROLE_IN_SESSION(UPPER('&{database}_TRANSFORMER'))
  OR EXISTS (SELECT 1 FROM governance.game_access AS a WHERE a.game_id = '*' AND IS_ROLE_IN_SESSION(a.role_name))
  OR EXISTS (SELECT 1 FROM governance.game_access AS a WHERE a.game_id = game AND IS_ROLE_IN_SESSION(a.role_name));

-- To add a policy where there is one is an error, and to drop it first would show everything for a moment: so it is added where it is not.
EXECUTE IMMEDIATE
$$
DECLARE
  attached NUMBER;
BEGIN
  SELECT COUNT(*) INTO :attached
  FROM TABLE(INFORMATION_SCHEMA.POLICY_REFERENCES(REF_ENTITY_NAME => '&{database}.core.events', REF_ENTITY_DOMAIN => 'TABLE'))
  WHERE policy_kind = 'ROW_ACCESS_POLICY';
  IF (attached = 0) THEN
    ALTER TABLE core.events ADD ROW ACCESS POLICY governance.games_of_role ON (game_id);
  END IF;
  SELECT COUNT(*) INTO :attached
  FROM TABLE(INFORMATION_SCHEMA.POLICY_REFERENCES(REF_ENTITY_NAME => '&{database}.core.rejected_events', REF_ENTITY_DOMAIN => 'TABLE'))
  WHERE policy_kind = 'ROW_ACCESS_POLICY';
  IF (attached = 0) THEN
    ALTER TABLE core.rejected_events ADD ROW ACCESS POLICY governance.games_of_role ON (game_id);
  END IF;
  SELECT COUNT(*) INTO :attached
  FROM TABLE(INFORMATION_SCHEMA.POLICY_REFERENCES(REF_ENTITY_NAME => '&{database}.core.fact_purchases', REF_ENTITY_DOMAIN => 'TABLE'))
  WHERE policy_kind = 'ROW_ACCESS_POLICY';
  IF (attached = 0) THEN
    ALTER TABLE core.fact_purchases ADD ROW ACCESS POLICY governance.games_of_role ON (game_id);
  END IF;
  SELECT COUNT(*) INTO :attached
  FROM TABLE(INFORMATION_SCHEMA.POLICY_REFERENCES(REF_ENTITY_NAME => '&{database}.core.dim_users', REF_ENTITY_DOMAIN => 'TABLE'))
  WHERE policy_kind = 'ROW_ACCESS_POLICY';
  IF (attached = 0) THEN
    ALTER TABLE core.dim_users ADD ROW ACCESS POLICY governance.games_of_role ON (game_id);
  END IF;
  SELECT COUNT(*) INTO :attached
  FROM TABLE(INFORMATION_SCHEMA.POLICY_REFERENCES(REF_ENTITY_NAME => '&{database}.core.dim_sessions', REF_ENTITY_DOMAIN => 'TABLE'))
  WHERE policy_kind = 'ROW_ACCESS_POLICY';
  IF (attached = 0) THEN
    ALTER TABLE core.dim_sessions ADD ROW ACCESS POLICY governance.games_of_role ON (game_id);
  END IF;
  SELECT COUNT(*) INTO :attached
  FROM TABLE(INFORMATION_SCHEMA.POLICY_REFERENCES(REF_ENTITY_NAME => '&{database}.core.erasure_requests', REF_ENTITY_DOMAIN => 'TABLE'))
  WHERE policy_kind = 'ROW_ACCESS_POLICY';
  IF (attached = 0) THEN
    ALTER TABLE core.erasure_requests ADD ROW ACCESS POLICY governance.games_of_role ON (game_id);
  END IF;
END;
$$;

-- 3. Readers. Core table by table: a new table is open to nobody until its columns are tagged above.
GRANT USAGE ON DATABASE &{database} TO ROLE &{database}_ANALYST;
GRANT USAGE ON SCHEMA marts TO ROLE &{database}_ANALYST;
GRANT SELECT ON ALL VIEWS IN SCHEMA marts TO ROLE &{database}_ANALYST;
GRANT SELECT ON FUTURE VIEWS IN SCHEMA marts TO ROLE &{database}_ANALYST;
GRANT USAGE ON SCHEMA quality TO ROLE &{database}_ANALYST;
GRANT SELECT ON ALL VIEWS IN SCHEMA quality TO ROLE &{database}_ANALYST;
GRANT SELECT ON FUTURE VIEWS IN SCHEMA quality TO ROLE &{database}_ANALYST;
GRANT USAGE ON SCHEMA core TO ROLE &{database}_ANALYST;
GRANT SELECT ON TABLE core.events TO ROLE &{database}_ANALYST;
GRANT SELECT ON TABLE core.rejected_events TO ROLE &{database}_ANALYST;
GRANT SELECT ON TABLE core.fact_purchases TO ROLE &{database}_ANALYST;
GRANT SELECT ON TABLE core.exchange_rates TO ROLE &{database}_ANALYST;
GRANT SELECT ON TABLE core.dim_users TO ROLE &{database}_ANALYST;
GRANT SELECT ON TABLE core.dim_sessions TO ROLE &{database}_ANALYST;

-- The privacy officer is an analyst who sees whom a row is about and what was erased, and who says which role sees which game.
GRANT SELECT ON TABLE core.erasure_requests TO ROLE &{database}_PRIVACY;
GRANT USAGE ON SCHEMA governance TO ROLE &{database}_PRIVACY;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE governance.game_access TO ROLE &{database}_PRIVACY;

-- 4. Retention. Raw lines go after 30 days, as the objects in S3 do by the bucket's lifecycle. A storage lifecycle policy would do the same
-- without a warehouse (https://docs.snowflake.com/en/user-guide/storage-management/storage-lifecycle-policies); a task also runs in
-- every edition. The time zone of the task is that in which the two kinds of timestamp are compared.
USE ROLE &{database}_TRANSFORMER;
USE SCHEMA load;
ALTER TASK IF EXISTS load.expire_raw SUSPEND;
CREATE OR ALTER TASK load.expire_raw
  WAREHOUSE = &{database}_LOAD_WH
  SCHEDULE = 'USING CRON 30 4 * * * UTC'
  QUERY_TAG = 'playtrail:retention'
  TIMEZONE = 'UTC'
  COMMENT = 'Deletes raw lines after 30 days'
  AS DELETE FROM raw.raw_events WHERE loaded_at < DATEADD(day, -30, SYSDATE())::TIMESTAMP_LTZ;
ALTER TASK load.expire_raw RESUME;

-- What was rejected may hold a player's data under no user_id, where no erasure can find it: it does not stay.
ALTER TASK IF EXISTS load.expire_rejected SUSPEND;
CREATE OR ALTER TASK load.expire_rejected
  WAREHOUSE = &{database}_LOAD_WH
  SCHEDULE = 'USING CRON 35 4 * * * UTC'
  QUERY_TAG = 'playtrail:retention'
  TIMEZONE = 'UTC'
  COMMENT = 'Deletes rejected events after 90 days'
  AS DELETE FROM core.rejected_events WHERE loaded_at < DATEADD(day, -90, SYSDATE());
ALTER TASK load.expire_rejected RESUME;
