/** A fault in SQL, the finding it must be, and the same without the fault. */
export interface Fixture {
  fault: string;
  bad: string;
  finding: { line: number; statement: number; rule: string; message: string };
  good: string;
}

/** What the fixtures may name. */
export const BASE = `
USE ROLE ACCOUNTADMIN;
CREATE OR ALTER ROLE PLAYTRAIL_OWNER COMMENT = 'Owns';
CREATE OR ALTER WAREHOUSE PLAYTRAIL_WH
  WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 600;
CREATE STORAGE INTEGRATION IF NOT EXISTS PLAYTRAIL_S3
  TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = TRUE STORAGE_AWS_ROLE_ARN = 'arn'
  STORAGE_ALLOWED_LOCATIONS = ('s3://bucket/');
CREATE DATABASE IF NOT EXISTS PLAYTRAIL;
USE DATABASE PLAYTRAIL;
CREATE SCHEMA IF NOT EXISTS core COMMENT = 'Events';
USE SCHEMA core;
CREATE OR ALTER TABLE core.events (
  event_id VARCHAR COMMENT 'Id', game_id VARCHAR COMMENT 'Game', price NUMBER(38,6) COMMENT 'Price', payload VARIANT COMMENT 'Line'
) COMMENT = 'Events';
CREATE OR ALTER TABLE core.games (game_id VARCHAR COMMENT 'Game', name VARCHAR COMMENT 'Name') COMMENT = 'Games';
CREATE OR ALTER FILE FORMAT core.ndjson TYPE = JSON;
CREATE OR ALTER STAGE core.lines URL = 's3://bucket/' STORAGE_INTEGRATION = PLAYTRAIL_S3;
CREATE STREAM IF NOT EXISTS core.news ON TABLE core.events APPEND_ONLY = TRUE;
CREATE OR REPLACE PROCEDURE core.load() RETURNS VARCHAR LANGUAGE SQL COMMENT = 'Loads' AS $$ BEGIN RETURN 'done'; END; $$;
CREATE OR ALTER TAG core.personal COMMENT = 'Personal';
CREATE OR ALTER MASKING POLICY core.mask AS (val VARCHAR) RETURNS VARCHAR -> IFF(IS_ROLE_IN_SESSION('PLAYTRAIL_OWNER'), val, '*')
  COMMENT = 'Masks';
CREATE OR ALTER ROW ACCESS POLICY core.games_seen AS (game VARCHAR) RETURNS BOOLEAN ->
  EXISTS (SELECT 1 FROM core.games AS g WHERE g.game_id = game) COMMENT = 'Games';
`;
const proc = (
  body: string,
) => `CREATE OR REPLACE PROCEDURE core.run(since VARCHAR) RETURNS VARCHAR LANGUAGE SQL COMMENT = 'Runs' AS
$$
BEGIN
  ${body}
  RETURN 'done';
END;
$$;`;
const view = (
  select: string,
  columns = "price COMMENT 'Price'",
) => `CREATE OR REPLACE VIEW core.v (${columns}) COPY GRANTS COMMENT = 'V' AS
${select};`;
const table = (columns: string, rest = "") => `CREATE OR ALTER TABLE core.t (
  ${columns}
)${rest} COMMENT = 'T';`;
const merge = (source: string) => `MERGE INTO core.games AS t
USING ${source} AS s
ON t.game_id = s.game_id
WHEN NOT MATCHED THEN INSERT (game_id) VALUES (s.game_id);`;
const pipe = (copy: string, ways = "CREATE PIPE IF NOT EXISTS") => `${ways} core.p AUTO_INGEST = TRUE AS
COPY INTO core.events (payload) FROM (SELECT $1 FROM @core.lines)${copy};`;
const task = (body: string, options = "SCHEDULE = '5 MINUTES'") => `ALTER TASK IF EXISTS core.k SUSPEND;
CREATE OR ALTER TASK core.k WAREHOUSE = PLAYTRAIL_WH ${options} COMMENT = 'K'
AS ${body};`;
const GOOD_COPY = " FILE_FORMAT = (FORMAT_NAME = 'core.ndjson') ON_ERROR = CONTINUE";
/** What must not be replaced, and what to write. */
const REPLACED = [
  ["TABLE core.t (a INT COMMENT 'A') COMMENT = 'T'", "CREATE OR ALTER TABLE or CREATE TABLE IF NOT EXISTS"],
  ["STREAM core.s ON TABLE core.events APPEND_ONLY = TRUE", "CREATE STREAM IF NOT EXISTS"],
  [
    "STAGE core.g URL = 's3://bucket/' STORAGE_INTEGRATION = PLAYTRAIL_S3",
    "CREATE OR ALTER STAGE or CREATE STAGE IF NOT EXISTS",
  ],
  ["SCHEMA s COMMENT = 'S'", "CREATE OR ALTER SCHEMA or CREATE SCHEMA IF NOT EXISTS"],
  ["ROLE PLAYTRAIL_R COMMENT = 'R'", "CREATE OR ALTER ROLE or CREATE ROLE IF NOT EXISTS"],
  ["DATABASE PLAYTRAIL", "CREATE OR ALTER DATABASE or CREATE DATABASE IF NOT EXISTS"],
  [
    "WAREHOUSE PLAYTRAIL_W WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 60",
    "CREATE OR ALTER WAREHOUSE or CREATE WAREHOUSE IF NOT EXISTS",
  ],
] as const;

export const FIXTURES: readonly Fixture[] = [
  {
    fault: "an unknown statement",
    bad: "CREATE TABEL core.t (a INT);",
    finding: {
      line: 1,
      statement: 1,
      rule: "statement",
      message: '"CREATE TABEL core.t" is no statement that these files may have',
    },
    good: "USE ROLE PLAYTRAIL_OWNER;",
  },
  {
    fault: "a type of object that these files do not have",
    bad: "CREATE USER bob;",
    finding: {
      line: 1,
      statement: 1,
      rule: "statement",
      message: '"CREATE USER bob" is no statement that these files may have',
    },
    good: "CREATE OR ALTER ROLE PLAYTRAIL_BOB COMMENT = 'Bob';",
  },
  {
    fault: "a query that does not parse",
    bad: "SELECT event_id FORM core.events;",
    finding: {
      line: 1,
      statement: 1,
      rule: "syntax",
      message: "Snowflake's grammar has no such thing: Expected: end of statement, found: core",
    },
    good: "SELECT event_id FROM core.events;",
  },
  {
    fault: "a statement of a procedure that does not parse",
    bad: proc("DELETE core.events FROM;"),
    finding: {
      line: 4,
      statement: 1,
      rule: "syntax",
      message: "Snowflake's grammar has no such thing: Expected: identifier, found: EOF",
    },
    good: proc("DELETE FROM core.events;"),
  },
  {
    fault: "a wrong word in CREATE",
    bad: table("a INT COMMENT 'A'", " RETENTION = 1"),
    finding: {
      line: 3,
      statement: 1,
      rule: "syntax",
      message: "Snowflake's grammar has no such thing: Expected: end of statement, found: RETENTION",
    },
    good: table("a INT COMMENT 'A'", " DATA_RETENTION_TIME_IN_DAYS = 1"),
  },
  {
    fault: "an option that a stream does not have",
    bad: "CREATE STREAM IF NOT EXISTS core.s ON TABLE core.events APPEND = TRUE APPEND_ONLY = TRUE;",
    finding: {
      line: 1,
      statement: 1,
      rule: "clauses",
      message: "APPEND is nothing that CREATE STREAM knows here: see its page in Snowflake's reference",
    },
    good: "CREATE STREAM IF NOT EXISTS core.s ON TABLE core.events APPEND_ONLY = TRUE;",
  },
  {
    fault: "a stream that is not append-only",
    bad: "CREATE STREAM IF NOT EXISTS core.s ON TABLE core.events;",
    finding: { line: 1, statement: 1, rule: "clauses", message: "CREATE STREAM lacks APPEND_ONLY" },
    good: "CREATE STREAM IF NOT EXISTS core.s ON TABLE core.events APPEND_ONLY = TRUE;",
  },
  {
    fault: "a plain CREATE",
    bad: "CREATE TABLE core.t (a INT COMMENT 'A') COMMENT = 'T';",
    finding: {
      line: 1,
      statement: 1,
      rule: "again",
      message: "a second run would fail: write CREATE OR ALTER TABLE or CREATE TABLE IF NOT EXISTS",
    },
    good: "CREATE TABLE IF NOT EXISTS core.t (a INT COMMENT 'A') COMMENT = 'T';",
  },
  ...REPLACED.map(([rest, ways]) => ({
    fault: `a ${rest.split(" ")[0]?.toLowerCase()} that is replaced`,
    bad: `CREATE OR REPLACE ${rest};`,
    finding: {
      line: 1,
      statement: 1,
      rule: "again",
      message: `CREATE OR REPLACE ${rest.split(" ")[0]} is not to be used: what the old one holds would be lost (rows, offsets, grants); write ${ways}`,
    },
    good: `CREATE ${rest.replace(/^\w+/, "$& IF NOT EXISTS")};`,
  })),
  {
    fault: "a pipe that is replaced",
    bad: pipe(GOOD_COPY, "CREATE OR REPLACE PIPE"),
    finding: {
      line: 1,
      statement: 1,
      rule: "again",
      message:
        "CREATE OR REPLACE PIPE is not to be used: what the old one holds would be lost (rows, offsets, grants); write CREATE PIPE IF NOT EXISTS",
    },
    good: pipe(GOOD_COPY),
  },
  {
    fault: "a view whose query could not change",
    bad: view("SELECT price FROM core.events").replace("REPLACE", "ALTER"),
    finding: {
      line: 1,
      statement: 1,
      rule: "again",
      message:
        "CREATE OR ALTER VIEW is not to be used: it cannot change the query of a view that is there; write CREATE OR REPLACE VIEW",
    },
    good: view("SELECT price FROM core.events"),
  },
  {
    fault: "a view that loses its grants",
    bad: view("SELECT price FROM core.events").replace("COPY GRANTS ", ""),
    finding: { line: 1, statement: 1, rule: "clauses", message: "CREATE VIEW lacks COPY GRANTS" },
    good: view("SELECT price FROM core.events"),
  },
  {
    fault: "an account object under a foreign name",
    bad: "CREATE OR ALTER ROLE ANALYST COMMENT = 'Reads';",
    finding: {
      line: 1,
      statement: 1,
      rule: "prefix",
      message: "ANALYST belongs to the whole account: begin its name with &{database}_",
    },
    good: "CREATE OR ALTER ROLE PLAYTRAIL_ANALYST COMMENT = 'Reads';",
  },
  {
    fault: "a retention of 2,555 days",
    bad: table("a INT COMMENT 'A'", " DATA_RETENTION_TIME_IN_DAYS = 2555"),
    finding: {
      line: 1,
      statement: 1,
      rule: "retention",
      message: "DATA_RETENTION_TIME_IN_DAYS is 90 at most here, not 2555",
    },
    good: table("a INT COMMENT 'A'", " DATA_RETENTION_TIME_IN_DAYS = 90"),
  },
  {
    fault: "a transient table that is kept for a week",
    bad: table("a INT COMMENT 'A'", " DATA_RETENTION_TIME_IN_DAYS = 7").replace("TABLE", "TRANSIENT TABLE"),
    finding: {
      line: 1,
      statement: 1,
      rule: "retention",
      message: "DATA_RETENTION_TIME_IN_DAYS is 1 at most here, not 7",
    },
    good: table("a INT COMMENT 'A'", " DATA_RETENTION_TIME_IN_DAYS = 1").replace("TABLE", "TRANSIENT TABLE"),
  },
  {
    fault: "money in floats",
    bad: table("price FLOAT COMMENT 'Price'"),
    finding: { line: 2, statement: 1, rule: "money", message: "price is money: NUMBER(38,6), not FLOAT" },
    good: table("price NUMBER(38,6) COMMENT 'Price', score FLOAT COMMENT 'Score'"),
  },
  {
    fault: "a rate without its digits",
    bad: table("usd_per_unit NUMBER(38,6) COMMENT 'Rate'"),
    finding: {
      line: 2,
      statement: 1,
      rule: "money",
      message: "usd_per_unit is a rate: NUMBER(38,12), not NUMBER(38,6)",
    },
    good: table("usd_per_unit NUMBER(38,12) COMMENT 'Rate'"),
  },
  {
    fault: "money cast to a float",
    bad: "SELECT payload:price::FLOAT AS price FROM core.events;",
    finding: { line: 1, statement: 1, rule: "float", message: "price is money: NUMBER(38,6), not FLOAT" },
    good: "SELECT payload:price::NUMBER(38,6) AS price FROM core.events;",
  },
  {
    fault: "money read as a float",
    bad: "SELECT TRY_TO_DOUBLE(payload:price::VARCHAR) AS p FROM core.events;",
    finding: { line: 1, statement: 1, rule: "float", message: "price is money: NUMBER(38,6), not FLOAT" },
    good: "SELECT TRY_TO_DECIMAL(payload:price::VARCHAR, 38, 6) AS p, SUM(price)::FLOAT / COUNT(*) AS ratio FROM core.events;",
  },
  {
    fault: "clustering by a virtual column",
    bad: table("a INT COMMENT 'A', b INT AS (a + 1) COMMENT 'B'", " CLUSTER BY (b)"),
    finding: {
      line: 3,
      statement: 1,
      rule: "clustering",
      message: "CLUSTER BY needs a stored column; b is none of this table",
    },
    good: table("a INT COMMENT 'A', b INT AS (a + 1) COMMENT 'B'", " CLUSTER BY (a)"),
  },
  {
    fault: "clustering by a column that is not there",
    bad: table("a DATE COMMENT 'A'", " CLUSTER BY (DATE_TRUNC('month', c))"),
    finding: {
      line: 3,
      statement: 1,
      rule: "clustering",
      message: "CLUSTER BY needs a stored column; c is none of this table",
    },
    good: table("a DATE COMMENT 'A'", " CLUSTER BY (DATE_TRUNC('month', a))"),
  },
  {
    fault: "a column without a comment",
    bad: table("a INT COMMENT 'A',\n  b INT"),
    finding: {
      line: 3,
      statement: 1,
      rule: "comments",
      message: "column b lacks COMMENT: the docs are made of them",
    },
    good: table("a INT COMMENT 'A',\n  b INT COMMENT 'B'"),
  },
  {
    fault: "a view's column without a comment",
    bad: view("SELECT price FROM core.events", "price"),
    finding: {
      line: 1,
      statement: 1,
      rule: "comments",
      message: "column price lacks COMMENT: the docs are made of them",
    },
    good: view("SELECT price FROM core.events"),
  },
  {
    fault: "a view's columns in another order than its query's",
    bad: view("SELECT price, game_id FROM core.events", "game_id COMMENT 'G', price COMMENT 'P'"),
    finding: {
      line: 2,
      statement: 1,
      rule: "view-columns",
      message: "the view's column game_id is price in its query: name them alike",
    },
    good: view("SELECT game_id, price FROM core.events", "game_id COMMENT 'G', price COMMENT 'P'"),
  },
  {
    fault: "a view with fewer columns than its query",
    bad: view("SELECT price, game_id FROM core.events"),
    finding: {
      line: 2,
      statement: 1,
      rule: "view-columns",
      message: "the view names 1 columns, its query has 2",
    },
    good: view("SELECT price FROM core.events"),
  },
  {
    fault: "a warehouse that idles",
    bad: "CREATE OR ALTER WAREHOUSE PLAYTRAIL_W WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 600 AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 60;",
    finding: {
      line: 1,
      statement: 1,
      rule: "warehouse",
      message: "AUTO_SUSPEND is 60 s at most, not 600: an idle warehouse is billed",
    },
    good: "CREATE OR ALTER WAREHOUSE PLAYTRAIL_W WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 30 AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 60;",
  },
  {
    fault: "a warehouse without a timeout",
    bad: "CREATE OR ALTER WAREHOUSE PLAYTRAIL_W WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE;",
    finding: {
      line: 1,
      statement: 1,
      rule: "clauses",
      message: "CREATE WAREHOUSE lacks STATEMENT_TIMEOUT_IN_SECONDS",
    },
    good: "CREATE OR ALTER WAREHOUSE PLAYTRAIL_W WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 60;",
  },
  {
    fault: "a resource monitor whose frequency has no start",
    bad: "CREATE RESOURCE MONITOR IF NOT EXISTS PLAYTRAIL_M WITH CREDIT_QUOTA = 9 FREQUENCY = DAILY TRIGGERS ON 90 PERCENT DO NOTIFY;",
    finding: {
      line: 1,
      statement: 1,
      rule: "clauses",
      message: "CREATE RESOURCE MONITOR lacks START_TIMESTAMP",
    },
    good: "CREATE RESOURCE MONITOR IF NOT EXISTS PLAYTRAIL_M WITH CREDIT_QUOTA = 9 FREQUENCY = DAILY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 90 PERCENT DO NOTIFY;",
  },
  {
    fault: "a task that never runs",
    bad: task("CALL core.load()", ""),
    finding: {
      line: 2,
      statement: 2,
      rule: "schedule",
      message: "a task needs a SCHEDULE, WHEN a stream has data, or AFTER another task: it never runs",
    },
    good: task("CALL core.load()", "WHEN SYSTEM$STREAM_HAS_DATA('core.news')"),
  },
  {
    fault: "a schedule that is none",
    bad: task("CALL core.load()", "SCHEDULE = 'every day'"),
    finding: {
      line: 2,
      statement: 2,
      rule: "schedule",
      message: "'every day' is no schedule: '5 MINUTES' or 'USING CRON 0 3 * * * UTC'",
    },
    good: task("CALL core.load()", "SCHEDULE = 'USING CRON 0 3 * * MON-FRI Europe/Paris'"),
  },
  {
    fault: "a running task that is altered",
    bad: task("CALL core.load()").split("\n").slice(1).join("\n"),
    finding: {
      line: 1,
      statement: 1,
      rule: "suspended",
      message: "a running task cannot be altered: write ALTER TASK IF EXISTS core.k SUSPEND before",
    },
    good: task("CALL core.load()"),
  },
  {
    fault: "a task that does something else",
    bad: task("SHOW TABLES"),
    finding: {
      line: 3,
      statement: 2,
      rule: "task",
      message: "a task runs CALL, a DML statement or EXECUTE IMMEDIATE $$…$$",
    },
    good: task("EXECUTE IMMEDIATE $$ BEGIN CALL core.load(); END; $$"),
  },
  {
    fault: "secrets in a stage",
    bad: "CREATE OR ALTER STAGE core.g URL = 's3://bucket/' CREDENTIALS = (AWS_KEY_ID = 'a') STORAGE_INTEGRATION = PLAYTRAIL_S3;",
    finding: {
      line: 1,
      statement: 1,
      rule: "clauses",
      message: "no secrets in SQL: use a STORAGE_INTEGRATION",
    },
    good: "CREATE OR ALTER STAGE core.g URL = 's3://bucket/' STORAGE_INTEGRATION = PLAYTRAIL_S3;",
  },
  {
    fault: "a pipe without ON_ERROR",
    bad: pipe(" FILE_FORMAT = (FORMAT_NAME = 'core.ndjson')"),
    finding: {
      line: 2,
      statement: 1,
      rule: "copy",
      message: "COPY INTO lacks ON_ERROR: the default is not ours",
    },
    good: pipe(GOOD_COPY),
  },
  {
    fault: "a COPY that casts",
    bad: pipe(GOOD_COPY).replace("SELECT $1", "SELECT $1:a::VARIANT"),
    finding: {
      line: 2,
      statement: 1,
      rule: "copy",
      message: "COPY INTO casts nothing: one bad value must not cost its line",
    },
    good: pipe(GOOD_COPY),
  },
  {
    fault: "a COPY into a column that is not there",
    bad: pipe(GOOD_COPY).replace("(payload)", "(line)"),
    finding: { line: 2, statement: 1, rule: "object", message: "there is no column core.events.line" },
    good: pipe(GOOD_COPY),
  },
  {
    fault: "a path without a type",
    bad: "SELECT event_id FROM core.events WHERE payload:status = 'start';",
    finding: {
      line: 1,
      statement: 1,
      rule: "cast",
      message: "payload:status needs a type: write payload:status::VARCHAR, say",
    },
    good: "SELECT event_id FROM core.events WHERE payload:status::VARCHAR = 'start';",
  },
  {
    fault: "a value of FLATTEN without a type",
    bad: "SELECT f.value AS v FROM core.events AS e, LATERAL FLATTEN(INPUT => e.payload:tags) AS f;",
    finding: {
      line: 1,
      statement: 1,
      rule: "cast",
      message: "f.value needs a type: write f.value::VARCHAR, say",
    },
    good: "SELECT f.value::VARCHAR AS v FROM core.events AS e, LATERAL FLATTEN(INPUT => e.payload:tags) AS f;",
  },
  {
    fault: "a variable without its colon",
    bad: proc("DELETE FROM core.events WHERE event_id > since;"),
    finding: {
      line: 4,
      statement: 1,
      rule: "colon",
      message: "the variable since needs a colon in SQL: write :since",
    },
    good: proc("DELETE FROM core.events WHERE event_id > :since;"),
  },
  {
    fault: "a correlated scalar subquery",
    bad: "SELECT e.event_id, (SELECT MAX(g.name) FROM core.games AS g WHERE g.game_id = e.game_id) AS name\nFROM core.events AS e;",
    finding: {
      line: 1,
      statement: 1,
      rule: "correlated",
      message:
        "a subquery for a value must not use the query around it: Snowflake refuses most of these; join instead",
    },
    good: "SELECT e.event_id, (SELECT MAX(g.name) FROM core.games AS g) AS name FROM core.events AS e;",
  },
  {
    fault: "a correlated scalar subquery without aliases",
    bad: "SELECT event_id FROM core.events\nWHERE price > (SELECT COUNT(*) FROM core.games WHERE name = event_id);",
    finding: {
      line: 2,
      statement: 1,
      rule: "correlated",
      message:
        "a subquery for a value must not use the query around it: Snowflake refuses most of these; join instead",
    },
    good: "SELECT event_id FROM core.events\nWHERE EXISTS (SELECT 1 FROM core.games WHERE name = event_id);",
  },
  {
    fault: "EXISTS outside WHERE",
    bad: "SELECT event_id, EXISTS (SELECT 1 FROM core.games) AS x FROM core.events;",
    finding: {
      line: 1,
      statement: 1,
      rule: "subquery",
      message: "EXISTS and IN with a query stand in WHERE, HAVING or QUALIFY only: join instead",
    },
    good: "SELECT event_id FROM core.events WHERE EXISTS (SELECT 1 FROM core.games);",
  },
  {
    fault: "a table that is not there",
    bad: "SELECT a FROM core.evnets;",
    finding: {
      line: 1,
      statement: 1,
      rule: "relation",
      message: "there is no table, view or stage core.evnets yet",
    },
    good: "SELECT event_id FROM core.events;",
  },
  {
    fault: "a table that comes later",
    bad: `SELECT a FROM core.t;\n${table("a INT COMMENT 'A'")}`,
    finding: {
      line: 1,
      statement: 1,
      rule: "relation",
      message: "there is no table, view or stage core.t yet",
    },
    good: `${table("a INT COMMENT 'A'")}\nSELECT a FROM core.t;`,
  },
  {
    fault: "a stage that is not there",
    bad: "SELECT $1 FROM @core.stage;",
    finding: {
      line: 1,
      statement: 1,
      rule: "relation",
      message: "there is no table, view or stage @core.stage yet",
    },
    good: "SELECT $1 FROM @core.lines;",
  },
  {
    fault: "a column that is not there",
    bad: "SELECT e.evnet_id FROM core.events AS e;",
    finding: { line: 1, statement: 1, rule: "column", message: "there is no column e.evnet_id" },
    good: "SELECT e.event_id FROM core.events AS e;",
  },
  {
    fault: "a column that is not there, without an alias",
    bad: "SELECT event_id FROM core.events\nWHERE prize > 1;",
    finding: { line: 2, statement: 1, rule: "column", message: "there is no column prize" },
    good: "SELECT event_id, price AS prize FROM core.events\nWHERE prize > 1;",
  },
  {
    fault: "a column that is not there, of a CTE",
    bad: "WITH c AS (SELECT event_id AS id FROM core.events) SELECT event_id FROM c;",
    finding: { line: 1, statement: 1, rule: "column", message: "there is no column event_id" },
    good: "WITH c AS (SELECT event_id AS id FROM core.events) SELECT id FROM c;",
  },
  {
    fault: "an INSERT into a column that is not there",
    bad: "INSERT INTO core.games (game, name) SELECT 'a', 'b';",
    finding: { line: 1, statement: 1, rule: "column", message: "there is no column core.games.game" },
    good: "INSERT INTO core.games (game_id, name) SELECT 'a', 'b';",
  },
  {
    fault: "a procedure that is not there",
    bad: "CALL core.laod();",
    finding: { line: 1, statement: 1, rule: "routine", message: "there is no procedure core.laod yet" },
    good: "CALL core.load();",
  },
  {
    fault: "a function that is not there",
    bad: "SELECT core.f(event_id) FROM core.events;",
    finding: { line: 1, statement: 1, rule: "routine", message: "there is no function core.f yet" },
    good: "SELECT UPPER(event_id) FROM core.events;",
  },
  {
    fault: "a schema that is not there",
    bad: "CREATE OR ALTER TABLE cor.t (a INT COMMENT 'A') COMMENT = 'T';",
    finding: { line: 1, statement: 1, rule: "schema", message: "there is no schema cor yet" },
    good: table("a INT COMMENT 'A'"),
  },
  {
    fault: "a role that is not there, in USE",
    bad: "USE ROLE PLAYTRAIL_OWNR;",
    finding: { line: 1, statement: 1, rule: "use", message: "there is no role playtrail_ownr yet" },
    good: "USE ROLE SYSADMIN;",
  },
  {
    fault: "a role that is not there, in GRANT",
    bad: "GRANT SELECT ON TABLE core.events TO ROLE PLAYTRAIL_READER;",
    finding: { line: 1, statement: 1, rule: "grant", message: "there is no role playtrail_reader yet" },
    good: "GRANT SELECT ON TABLE core.events TO ROLE PLAYTRAIL_OWNER;",
  },
  {
    fault: "a role that is not there, in a policy",
    bad: "CREATE OR ALTER MASKING POLICY core.m AS (val VARCHAR) RETURNS VARCHAR ->\n  IFF(IS_ROLE_IN_SESSION(UPPER('PLAYTRAIL_PRIVCY')), val, '*') COMMENT = 'M';",
    finding: {
      line: 2,
      statement: 1,
      rule: "string",
      message: "there is no role, warehouse or integration PLAYTRAIL_PRIVCY yet",
    },
    good: "CREATE OR ALTER MASKING POLICY core.m AS (val VARCHAR) RETURNS VARCHAR ->\n  IFF(IS_ROLE_IN_SESSION(UPPER('PLAYTRAIL_OWNER')), val, '*') COMMENT = 'M';",
  },
  {
    fault: "a name that a policy does not have",
    bad: "ALTER MASKING POLICY core.mask SET BODY -> value;",
    finding: { line: 1, statement: 1, rule: "column", message: "there is no column value" },
    good: "ALTER MASKING POLICY core.mask SET BODY -> val;",
  },
  {
    fault: "a warehouse that is not there",
    bad: task("CALL core.load()").replace("PLAYTRAIL_WH", "PLAYTRAIL_W"),
    finding: { line: 2, statement: 2, rule: "object", message: "there is no warehouse playtrail_w yet" },
    good: task("CALL core.load()"),
  },
  {
    fault: "an integration that is not there",
    bad: "CREATE OR ALTER STAGE core.g URL = 's3://bucket/' STORAGE_INTEGRATION = PLAYTRAIL_GCS;",
    finding: { line: 1, statement: 1, rule: "object", message: "there is no integration playtrail_gcs yet" },
    good: "CREATE OR ALTER STAGE core.g URL = 's3://bucket/' STORAGE_INTEGRATION = PLAYTRAIL_S3;",
  },
  {
    fault: "a stream that is not there",
    bad: task("CALL core.load()", "WHEN SYSTEM$STREAM_HAS_DATA('core.olds')"),
    finding: { line: 2, statement: 2, rule: "string", message: "there is no table core.olds yet" },
    good: task("CALL core.load()", "WHEN SYSTEM$STREAM_HAS_DATA('core.news')"),
  },
  {
    fault: "a privilege that the object does not have",
    bad: "GRANT SELECT ON SCHEMA core TO ROLE PLAYTRAIL_OWNER;",
    finding: { line: 1, statement: 1, rule: "grant", message: "SELECT is no privilege on a schema" },
    good: "GRANT USAGE ON SCHEMA core TO ROLE PLAYTRAIL_OWNER;",
  },
  {
    fault: "a grant on a table that is not there",
    bad: "GRANT SELECT ON TABLE core.event TO ROLE PLAYTRAIL_OWNER;",
    finding: { line: 1, statement: 1, rule: "grant", message: "there is no table core.event yet" },
    good: "GRANT SELECT ON ALL TABLES IN SCHEMA core TO ROLE PLAYTRAIL_OWNER;",
  },
  {
    fault: "a grant on what there are none of",
    bad: "GRANT SELECT ON FUTURE TABELS IN SCHEMA core TO ROLE PLAYTRAIL_OWNER;",
    finding: { line: 1, statement: 1, rule: "grant", message: "there are no TABELS" },
    good: "GRANT SELECT ON FUTURE TABLES IN SCHEMA core TO ROLE PLAYTRAIL_OWNER;",
  },
  {
    fault: "an ALTER of a task that is not there",
    bad: "ALTER TASK core.kk RESUME;",
    finding: { line: 1, statement: 1, rule: "alter", message: "there is no task core.kk yet" },
    good: "ALTER TASK IF EXISTS core.kk SUSPEND;",
  },
  {
    fault: "an ALTER that does not exist",
    bad: "ALTER PROCEDURE core.load() RESUME;",
    finding: { line: 1, statement: 1, rule: "alter", message: "ALTER PROCEDURE … RESUME is not known here" },
    good: "ALTER PROCEDURE core.load() SET COMMENT = 'x';",
  },
  {
    fault: "a tag on a column that is not there",
    bad: "ALTER TABLE core.events MODIFY COLUMN user_id SET TAG core.personal = 'id';",
    finding: { line: 1, statement: 1, rule: "alter", message: "there is no column core.events.user_id" },
    good: "ALTER TABLE core.events MODIFY COLUMN event_id SET TAG core.personal = 'id';",
  },
  {
    fault: "a tag that is not there",
    bad: "ALTER TABLE core.events MODIFY COLUMN event_id SET TAG core.private = 'id';",
    finding: { line: 1, statement: 1, rule: "alter", message: "there is no tag core.private yet" },
    good: "ALTER TABLE core.events MODIFY COLUMN event_id SET TAG core.personal = 'id';",
  },
  {
    fault: "a masking policy that a second run could not set",
    bad: "ALTER TAG core.personal SET MASKING POLICY core.mask;",
    finding: {
      line: 1,
      statement: 1,
      rule: "alter",
      message: "SET MASKING POLICY fails in a second run: add FORCE",
    },
    good: "ALTER TAG core.personal SET MASKING POLICY core.mask FORCE;",
  },
  {
    fault: "a row access policy that a second run could not add",
    bad: "ALTER TABLE core.events ADD ROW ACCESS POLICY core.games_seen ON (game_id);",
    finding: {
      line: 1,
      statement: 1,
      rule: "alter",
      message:
        "ADD ROW ACCESS POLICY fails in a second run: add it in EXECUTE IMMEDIATE, where POLICY_REFERENCES has none",
    },
    good: "EXECUTE IMMEDIATE $$\nBEGIN\n  ALTER TABLE core.events ADD ROW ACCESS POLICY core.games_seen ON (game_id);\nEND;\n$$;",
  },
  {
    fault: "the session's clock",
    bad: "SELECT CURRENT_DATE AS day;",
    finding: {
      line: 1,
      statement: 1,
      rule: "clock",
      message: "CURRENT_DATE is in the session's time zone: use SYSDATE(), which is UTC",
    },
    good: "SELECT SYSDATE()::DATE AS day;",
  },
  {
    fault: "the session's clock in a procedure",
    bad: proc("DELETE FROM core.events WHERE price < 0;\n  LET now TIMESTAMP_NTZ := GETDATE();"),
    finding: {
      line: 5,
      statement: 1,
      rule: "clock",
      message: "GETDATE is in the session's time zone: use SYSDATE(), which is UTC",
    },
    good: proc("LET now TIMESTAMP_NTZ := SYSDATE();"),
  },
  {
    fault: "a MERGE that may find a key twice",
    bad: merge("core.events"),
    finding: {
      line: 2,
      statement: 1,
      rule: "merge",
      message:
        "MERGE fails on, or counts twice, two rows for a key: give its source QUALIFY ROW_NUMBER() … = 1 or GROUP BY",
    },
    good: merge("(SELECT 'a' AS game_id)"),
  },
  {
    fault: "a MERGE from a query that may find a key twice",
    bad: merge("(SELECT game_id FROM core.events)"),
    finding: {
      line: 2,
      statement: 1,
      rule: "merge",
      message:
        "MERGE fails on, or counts twice, two rows for a key: give its source QUALIFY ROW_NUMBER() … = 1 or GROUP BY",
    },
    good: merge(
      "(SELECT game_id FROM core.events QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id ORDER BY event_id) = 1)",
    ),
  },
  {
    fault: "DDL within a transaction",
    bad: proc(
      "BEGIN TRANSACTION;\n  CREATE TABLE IF NOT EXISTS core.t (a INT COMMENT 'A') COMMENT = 'T';\n  COMMIT;",
    ),
    finding: {
      line: 5,
      statement: 1,
      rule: "transaction",
      message: "CREATE commits the transaction that is open: do it before or after",
    },
    good: proc(
      "CREATE TABLE IF NOT EXISTS core.t (a INT COMMENT 'A') COMMENT = 'T';\n  BEGIN TRANSACTION;\n  COMMIT;",
    ),
  },
  {
    fault: "a star in a view",
    bad: view("SELECT * FROM core.games", "game_id COMMENT 'G', name COMMENT 'N'"),
    finding: {
      line: 2,
      statement: 1,
      rule: "star",
      message: "name the columns: * changes when a table does",
    },
    good: view("SELECT game_id, name FROM core.games", "game_id COMMENT 'G', name COMMENT 'N'"),
  },
  {
    fault: "an alert on a table that is not there",
    bad: "CREATE OR REPLACE ALERT core.a SCHEDULE = '60 MINUTE' COMMENT = 'A'\n  IF (EXISTS (SELECT 1 FROM core.evnets))\n  THEN CALL core.load();",
    finding: {
      line: 2,
      statement: 1,
      rule: "relation",
      message: "there is no table, view or stage core.evnets yet",
    },
    good: "CREATE OR REPLACE ALERT core.a SCHEDULE = '60 MINUTE' COMMENT = 'A'\n  IF (EXISTS (SELECT 1 FROM core.events))\n  THEN CALL core.load();",
  },
  {
    fault: "a string without an end",
    bad: "SELECT 'a;",
    finding: { line: 1, statement: 1, rule: "syntax", message: "'a; … has no end" },
    good: "SELECT 'a';",
  },
  {
    fault: "a parenthesis without an end",
    bad: "USE ROLE PLAYTRAIL_OWNER;\nCREATE OR ALTER TABLE core.t (a INT COMMENT 'A';",
    finding: { line: 2, statement: 2, rule: "syntax", message: "a parenthesis is not closed" },
    good: "SELECT (1);",
  },
  {
    fault: "an object of the same statement",
    bad: "CREATE STREAM IF NOT EXISTS core.s ON TABLE core.evnets APPEND_ONLY = TRUE;",
    finding: { line: 1, statement: 1, rule: "object", message: "there is no table core.evnets yet" },
    good: "CREATE STREAM IF NOT EXISTS core.s ON TABLE core.games APPEND_ONLY = TRUE;",
  },
  {
    fault: "an uncast path in an IF",
    bad: proc(
      "IF ((SELECT COUNT(*) FROM core.events WHERE payload:a > 1) > 0) THEN\n    DELETE FROM core.events;\n  END IF;",
    ),
    finding: {
      line: 4,
      statement: 1,
      rule: "cast",
      message: "payload:a needs a type: write payload:a::VARCHAR, say",
    },
    good: proc(
      "IF ((SELECT COUNT(*) FROM core.events WHERE payload:a::INT > 1) > 0) THEN\n    DELETE FROM core.events;\n  END IF;",
    ),
  },
  {
    fault: "a loop over what is not there",
    bad: proc(
      "FOR r IN (SELECT game_id FROM core.gamez) DO\n    DELETE FROM core.events WHERE game_id = :since;\n  END FOR;",
    ),
    finding: {
      line: 4,
      statement: 1,
      rule: "relation",
      message: "there is no table, view or stage core.gamez yet",
    },
    good: proc(
      "LET c CURSOR FOR SELECT game_id FROM core.games;\n  FOR r IN c DO\n    DELETE FROM core.events WHERE game_id = :since;\n  END FOR;",
    ),
  },
  {
    fault: "a type that Snowflake does not have",
    bad: table("a STRNG COMMENT 'A'"),
    finding: {
      line: 2,
      statement: 1,
      rule: "type",
      message:
        "STRNG is no type of ours: VARCHAR, NUMBER, INT, FLOAT, BOOLEAN, DATE, TIME, BINARY, VARIANT, OBJECT, ARRAY, TIMESTAMP_NTZ, TIMESTAMP_LTZ, TIMESTAMP_TZ",
    },
    good: table("a VARCHAR(3) COMMENT 'A'"),
  },
  {
    fault: "a cast to a type that Snowflake does not have",
    bad: "SELECT payload:a::STRNG AS a FROM core.events;",
    finding: {
      line: 1,
      statement: 1,
      rule: "type",
      message:
        "STRNG is no type of ours: VARCHAR, NUMBER, INT, FLOAT, BOOLEAN, DATE, TIME, BINARY, VARIANT, OBJECT, ARRAY, TIMESTAMP_NTZ, TIMESTAMP_LTZ, TIMESTAMP_TZ",
    },
    good: "SELECT payload:a::VARCHAR AS a FROM core.events;",
  },
  {
    fault: "a function that Snowflake does not have",
    bad: "SELECT TO_VARCHARR(price) AS p FROM core.events;",
    finding: {
      line: 1,
      statement: 1,
      rule: "function",
      message: "TO_VARCHARR is no function that duckdb/translate/functions.ts knows",
    },
    good: "SELECT UPPER(event_id) AS p FROM core.events;",
  },
  {
    fault: "a value that an option cannot have",
    bad: "CREATE OR ALTER FILE FORMAT core.f TYPE = JASON;",
    finding: { line: 1, statement: 1, rule: "option", message: "TYPE = JASON is not known here" },
    good: "CREATE OR ALTER FILE FORMAT core.f TYPE = JSON;",
  },
  {
    fault: "an option that ALTER cannot set",
    bad: "ALTER WAREHOUSE PLAYTRAIL_WH SET AUTOSUSPEND = 60;",
    finding: {
      line: 1,
      statement: 1,
      rule: "alter",
      message: "ALTER WAREHOUSE … SET AUTOSUSPEND is not known here",
    },
    good: "ALTER WAREHOUSE PLAYTRAIL_WH SET AUTO_SUSPEND = 60;",
  },
  {
    fault: "an INTO without a FROM",
    bad: proc("LET n NUMBER := 0;\n  SELECT COUNT(*) INTO :n FORM core.events;"),
    finding: {
      line: 5,
      statement: 1,
      rule: "syntax",
      message: "Snowflake's grammar has no such thing: Expected: end of statement, found: core",
    },
    good: proc("LET n NUMBER := 0;\n  SELECT COUNT(*) INTO :n FROM core.events;"),
  },
  {
    fault: "a masking policy that gives another type than it masks",
    bad: "CREATE OR ALTER MASKING POLICY core.m AS (val VARIANT) RETURNS VARCHAR -> '*' COMMENT = 'M';",
    finding: {
      line: 1,
      statement: 1,
      rule: "policy",
      message: "this policy RETURNS VARIANT, as the column's type or the kind of policy wants",
    },
    good: "CREATE OR ALTER MASKING POLICY core.m AS (val VARIANT) RETURNS VARIANT -> NULL COMMENT = 'M';",
  },
  {
    fault: "a variable that is not there",
    bad: proc("DELETE FROM core.events WHERE payload:a::VARCHAR > :sinse;"),
    finding: { line: 4, statement: 1, rule: "variable", message: "there is no variable sinse" },
    good: proc("DELETE FROM core.events WHERE payload:a::VARCHAR > :since;"),
  },
  {
    fault: "an argument that FLATTEN does not have",
    bad: "SELECT f.key AS k FROM core.events AS e, LATERAL FLATTEN(INPUTS => e.payload) AS f;",
    finding: { line: 1, statement: 1, rule: "column", message: "there is no column INPUTS => of FLATTEN" },
    good: "SELECT f.key AS k FROM core.events AS e, LATERAL FLATTEN(INPUT => e.payload, OUTER => TRUE) AS f;",
  },
  {
    fault: "a role that may not create a table",
    bad: `CREATE OR ALTER ROLE PLAYTRAIL_LOADER COMMENT = 'Loads';\nUSE ROLE PLAYTRAIL_LOADER;\n${table("a INT COMMENT 'A'")}`,
    finding: {
      line: 3,
      statement: 3,
      rule: "privilege",
      message: "PLAYTRAIL_LOADER has no create table on schema core: USE another ROLE, or GRANT it before",
    },
    good: `CREATE OR ALTER ROLE PLAYTRAIL_LOADER COMMENT = 'Loads';\nGRANT CREATE TABLE ON SCHEMA core TO ROLE PLAYTRAIL_LOADER;\nGRANT ROLE PLAYTRAIL_LOADER TO ROLE PLAYTRAIL_OWNER;\nUSE ROLE PLAYTRAIL_OWNER;\n${table("a INT COMMENT 'A'")}`,
  },
  {
    fault: "a COPY from a stage that is not there",
    bad: pipe(GOOD_COPY).replace("@core.lines", "@core.line"),
    finding: { line: 2, statement: 1, rule: "object", message: "there is no stage core.line yet" },
    good: pipe(GOOD_COPY),
  },
  {
    fault: "a COPY of what a stage does not have",
    bad: pipe(GOOD_COPY).replace("$1", "METADATA$FILE_NAME"),
    finding: { line: 2, statement: 1, rule: "object", message: "a stage has no METADATA$FILE_NAME" },
    good: pipe(GOOD_COPY).replace("$1", "METADATA$FILENAME"),
  },
  {
    fault: "a view of Snowflake's in a schema that it does not have",
    bad: "SELECT name FROM snowflake.acount_usage.metering_history;",
    finding: {
      line: 1,
      statement: 1,
      rule: "relation",
      message: "there is no table, view or stage snowflake.acount_usage.metering_history yet",
    },
    good: "SELECT name FROM snowflake.account_usage.metering_history;",
  },
  {
    fault: "an end of a GRANT that it does not have",
    bad: "GRANT OWNERSHIP ON TABLE core.events TO ROLE PLAYTRAIL_OWNER COPY GRANTS;",
    finding: { line: 1, statement: 1, rule: "grant", message: "GRANT … COPY GRANTS is not known here" },
    good: "GRANT OWNERSHIP ON TABLE core.events TO ROLE PLAYTRAIL_OWNER COPY CURRENT GRANTS;",
  },
];
