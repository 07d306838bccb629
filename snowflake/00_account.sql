-- What belongs to the account: roles, warehouses, a bound on what they cost, and the way to the bucket.
-- Run it, and all files after it, by a user who may use ACCOUNTADMIN. Every file can be run again.

USE ROLE ACCOUNTADMIN;

CREATE OR ALTER ROLE &{database}_OWNER
  COMMENT = 'Playtrail: owns the database; deploys';
CREATE OR ALTER ROLE &{database}_LOADER
  COMMENT = 'Playtrail: copies delivered objects into raw';
CREATE OR ALTER ROLE &{database}_TRANSFORMER
  COMMENT = 'Playtrail: turns raw lines into core tables; runs the tasks';
CREATE OR ALTER ROLE &{database}_ANALYST
  COMMENT = 'Playtrail: reads marts, quality and core; players under pseudonyms';
CREATE OR ALTER ROLE &{database}_PRIVACY
  COMMENT = 'Playtrail: sees who a player is, and the proof of erasures';

GRANT ROLE &{database}_LOADER TO ROLE &{database}_OWNER;
GRANT ROLE &{database}_TRANSFORMER TO ROLE &{database}_OWNER;
GRANT ROLE &{database}_ANALYST TO ROLE &{database}_PRIVACY;
GRANT ROLE &{database}_OWNER TO ROLE SYSADMIN;
GRANT ROLE &{database}_PRIVACY TO ROLE SYSADMIN;

-- A suspended warehouse costs nothing. Each start is billed for 60 s at least: a short load and 30 s of rest fit into them.
CREATE OR ALTER WAREHOUSE &{database}_LOAD_WH
  WAREHOUSE_SIZE = XSMALL
  AUTO_SUSPEND = 30
  AUTO_RESUME = TRUE
  INITIALLY_SUSPENDED = TRUE
  STATEMENT_TIMEOUT_IN_SECONDS = 1800
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS = 1800
  COMMENT = 'Playtrail: the load and its tasks';
CREATE OR ALTER WAREHOUSE &{database}_QUERY_WH
  WAREHOUSE_SIZE = XSMALL
  AUTO_SUSPEND = 30
  AUTO_RESUME = TRUE
  INITIALLY_SUSPENDED = TRUE
  STATEMENT_TIMEOUT_IN_SECONDS = 600
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS = 120
  COMMENT = 'Playtrail: analysts, dashboards, alerts';

-- One for each warehouse: what analysts use up must not stop the load. The load goes on a little past its quota: what it has begun it
-- finishes. Suspended, it loses nothing: the stream waits.
CREATE RESOURCE MONITOR IF NOT EXISTS &{database}_LOAD_MONITOR
  WITH CREDIT_QUOTA = &{credit_quota} FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY
  TRIGGERS ON 75 PERCENT DO NOTIFY
           ON 100 PERCENT DO SUSPEND
           ON 110 PERCENT DO SUSPEND_IMMEDIATE;
CREATE RESOURCE MONITOR IF NOT EXISTS &{database}_QUERY_MONITOR
  WITH CREDIT_QUOTA = &{credit_quota} FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY
  TRIGGERS ON 75 PERCENT DO NOTIFY
           ON 100 PERCENT DO SUSPEND
           ON 110 PERCENT DO SUSPEND_IMMEDIATE;
ALTER RESOURCE MONITOR &{database}_LOAD_MONITOR SET CREDIT_QUOTA = &{credit_quota};
ALTER RESOURCE MONITOR &{database}_QUERY_MONITOR SET CREDIT_QUOTA = &{credit_quota};
ALTER WAREHOUSE &{database}_LOAD_WH SET RESOURCE_MONITOR = &{database}_LOAD_MONITOR;
ALTER WAREHOUSE &{database}_QUERY_WH SET RESOURCE_MONITOR = &{database}_QUERY_MONITOR;

GRANT USAGE, OPERATE ON WAREHOUSE &{database}_LOAD_WH TO ROLE &{database}_OWNER;
GRANT USAGE ON WAREHOUSE &{database}_LOAD_WH TO ROLE &{database}_LOADER;
GRANT USAGE ON WAREHOUSE &{database}_LOAD_WH TO ROLE &{database}_TRANSFORMER;
GRANT USAGE, OPERATE ON WAREHOUSE &{database}_QUERY_WH TO ROLE &{database}_OWNER;
GRANT USAGE ON WAREHOUSE &{database}_QUERY_WH TO ROLE &{database}_ANALYST;
GRANT EXECUTE TASK ON ACCOUNT TO ROLE &{database}_TRANSFORMER;

-- The role's trust policy wants this external id: given here rather than drawn by Snowflake, so that the role can be made first.
CREATE STORAGE INTEGRATION IF NOT EXISTS &{database}_S3
  TYPE = EXTERNAL_STAGE
  STORAGE_PROVIDER = 'S3'
  ENABLED = TRUE
  STORAGE_AWS_ROLE_ARN = '&{aws_role_arn}'
  STORAGE_AWS_EXTERNAL_ID = '&{aws_external_id}'
  STORAGE_ALLOWED_LOCATIONS = ('&{bucket_url}')
  COMMENT = 'Playtrail: reads the objects of the delivery stream';
ALTER STORAGE INTEGRATION &{database}_S3 SET
  ENABLED = TRUE
  STORAGE_AWS_ROLE_ARN = '&{aws_role_arn}'
  STORAGE_AWS_EXTERNAL_ID = '&{aws_external_id}'
  STORAGE_ALLOWED_LOCATIONS = ('&{bucket_url}');
GRANT USAGE ON INTEGRATION &{database}_S3 TO ROLE &{database}_LOADER;

CREATE DATABASE IF NOT EXISTS &{database}
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Playtrail: game events';
GRANT OWNERSHIP ON DATABASE &{database} TO ROLE &{database}_OWNER COPY CURRENT GRANTS;

USE ROLE &{database}_OWNER;
USE DATABASE &{database};

-- Managed access: only the schemas' owner grants, whoever made an object.
CREATE SCHEMA IF NOT EXISTS raw WITH MANAGED ACCESS COMMENT = 'Delivered lines, as they are';
CREATE SCHEMA IF NOT EXISTS core WITH MANAGED ACCESS COMMENT = 'What happened, once each, with types';
CREATE SCHEMA IF NOT EXISTS load WITH MANAGED ACCESS COMMENT = 'How raw becomes core';
CREATE SCHEMA IF NOT EXISTS marts WITH MANAGED ACCESS COMMENT = 'Numbers for people';
CREATE SCHEMA IF NOT EXISTS quality WITH MANAGED ACCESS COMMENT = 'Whether the numbers can be trusted';
CREATE SCHEMA IF NOT EXISTS governance WITH MANAGED ACCESS COMMENT = 'Who may see what';
CREATE SCHEMA IF NOT EXISTS ops WITH MANAGED ACCESS COMMENT = 'What it costs, and what was deployed';

-- Who makes objects where. 70_governance.sql says who may use them.
GRANT USAGE ON DATABASE &{database} TO ROLE &{database}_LOADER;
GRANT USAGE ON DATABASE &{database} TO ROLE &{database}_TRANSFORMER;
GRANT USAGE, CREATE TABLE, CREATE STREAM, CREATE STAGE, CREATE FILE FORMAT, CREATE PIPE ON SCHEMA raw TO ROLE &{database}_LOADER;
GRANT USAGE, CREATE TABLE, CREATE PROCEDURE, CREATE TASK ON SCHEMA load TO ROLE &{database}_TRANSFORMER;
