/** Where the harness keeps what it has to know of itself: which prelude a file has, and the name of its database. */
export const SETTINGS = `
CREATE SCHEMA IF NOT EXISTS sf;
CREATE TABLE IF NOT EXISTS sf.settings (key VARCHAR PRIMARY KEY, value VARCHAR);
`;

/** The macros that translated SQL calls, and the tables that the harness remembers objects in. */
export const PRELUDE = `
CREATE SCHEMA IF NOT EXISTS account_usage;

-- A VARIANT's string without its quotes; times, floats as Snowflake writes them.
CREATE OR REPLACE MACRO sf.to_varchar(x) AS CASE
  WHEN typeof(x) = 'JSON' THEN json_extract_string(CAST(CAST(x AS VARCHAR) AS JSON), '$')
  WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
  WHEN typeof(x) = 'DOUBLE' THEN regexp_replace(CAST(x AS VARCHAR), '\\.0$', '')
  ELSE CAST(x AS VARCHAR)
END;

-- Of NUMBERs the quotient has six digits more than the dividend, at most twelve, or as many as the dividend
-- (https://docs.snowflake.com/en/sql-reference/operators-arithmetic#division). Of FLOATs it is a FLOAT.
CREATE OR REPLACE MACRO sf.scale_of(type) AS
  coalesce(TRY_CAST(regexp_extract(type, '^DECIMAL\\(\\d+,(\\d+)\\)$', 1) AS INTEGER), 0);
CREATE OR REPLACE MACRO sf.quotient(a, b) AS CASE
  WHEN typeof(a) IN ('DOUBLE', 'FLOAT') OR typeof(b) IN ('DOUBLE', 'FLOAT') THEN a / b
  ELSE round(a / b, greatest(sf.scale_of(typeof(a)), least(sf.scale_of(typeof(a)) + 6, 12)))
END;
CREATE OR REPLACE MACRO sf.divide(a, b) AS CASE WHEN b = 0 THEN error('Division by zero') ELSE sf.quotient(a, b) END;
CREATE OR REPLACE MACRO sf.div0(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL THEN 0 ELSE sf.quotient(a, b) END;
CREATE OR REPLACE MACRO sf.div0null(a, b) AS
  CASE WHEN coalesce(b, 0) = 0 AND a IS NOT NULL THEN 0 ELSE sf.quotient(a, b) END;

-- DuckDB's casts also take 1_000 and 0x1F.
CREATE OR REPLACE MACRO sf.plain_number(x) AS
  CASE WHEN regexp_full_match(x, '\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*') THEN x END;
CREATE OR REPLACE MACRO sf.plain_double(x) AS
  CASE WHEN regexp_full_match(x, '(?i)\\s*[+-]?((\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?|inf(inity)?|nan)\\s*') THEN x END;
-- DuckDB reads hexadecimal digits as integers of 64 bits at most: more than 16 of them fail aloud.
CREATE OR REPLACE MACRO sf.try_hex(x, digits) AS
  CASE WHEN regexp_full_match(x, '[0-9a-fA-F]+') AND length(x) <= digits THEN CAST('0x' || x AS UBIGINT) END;
CREATE OR REPLACE MACRO sf.try_to_boolean(x) AS CASE
  WHEN lower(CAST(x AS VARCHAR)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
  WHEN lower(CAST(x AS VARCHAR)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false
END;

CREATE OR REPLACE MACRO sf.sysdate() AS
  coalesce(CAST(getvariable('sf_now') AS TIMESTAMP), date_trunc('millisecond', CAST(now() AS TIMESTAMP)));
CREATE OR REPLACE MACRO sf.with_fraction(x, digits) AS cast_to_type(date_trunc(
  CASE WHEN digits < 3 THEN 'second' WHEN digits < 6 THEN 'millisecond' ELSE 'microsecond' END, x), x);
CREATE OR REPLACE MACRO sf.plain_time(x) AS
  CASE WHEN regexp_matches(x, '^\\d{4}-\\d{2}-\\d{2}') THEN x END;
CREATE OR REPLACE MACRO sf.interval_of(unit, n) AS CASE unit
  WHEN 'year' THEN to_months(CAST(n * 12 AS INTEGER))
  WHEN 'quarter' THEN to_months(CAST(n * 3 AS INTEGER))
  WHEN 'month' THEN to_months(CAST(n AS INTEGER))
  WHEN 'week' THEN to_days(CAST(n * 7 AS INTEGER))
  WHEN 'day' THEN to_days(CAST(n AS INTEGER))
  WHEN 'hour' THEN to_hours(n)
  WHEN 'minute' THEN to_minutes(n)
  WHEN 'second' THEN to_seconds(n)
  WHEN 'millisecond' THEN to_milliseconds(n)
  WHEN 'microsecond' THEN to_microseconds(n)
END;

CREATE OR REPLACE MACRO sf.parse_json(x) AS CASE WHEN trim(x) <> '' THEN CAST(x AS JSON) END;
CREATE OR REPLACE MACRO sf.try_parse_json(x) AS TRY_CAST(nullif(trim(x), '') AS JSON);
CREATE OR REPLACE MACRO sf.to_json(x) AS CAST(json(x) AS VARCHAR);
CREATE OR REPLACE MACRO sf.typeof(x) AS CASE json_type(x)
  WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'BIGINT' THEN 'INTEGER' WHEN 'HUGEINT' THEN 'INTEGER'
  WHEN 'DOUBLE' THEN CASE WHEN regexp_matches(CAST(x AS VARCHAR), '[eE]') THEN 'DOUBLE' ELSE 'DECIMAL' END
  WHEN 'NULL' THEN 'NULL_VALUE' ELSE json_type(x)
END;
CREATE OR REPLACE MACRO sf.array_size(x) AS CASE json_type(x) WHEN 'ARRAY' THEN json_array_length(x) END;
CREATE OR REPLACE MACRO sf.pair(k, v) AS
  CASE WHEN k IS NOT NULL AND v IS NOT NULL THEN CAST(to_json(k) AS VARCHAR) || ':' || CAST(v AS VARCHAR) END;
CREATE OR REPLACE MACRO sf.pair_or_null(k, v) AS
  CASE WHEN k IS NOT NULL THEN CAST(to_json(k) AS VARCHAR) || ':' || coalesce(CAST(v AS VARCHAR), 'null') END;
CREATE OR REPLACE MACRO sf.object_of(pairs) AS
  CAST('{' || coalesce(list_aggregate(list_filter(pairs, lambda p: p IS NOT NULL), 'string_agg', ','), '') || '}' AS JSON);

CREATE TABLE IF NOT EXISTS sf.objects (kind VARCHAR, name VARCHAR, definition VARCHAR, PRIMARY KEY (kind, name));
CREATE TABLE IF NOT EXISTS sf.load_history (pipe VARCHAR, file VARCHAR, PRIMARY KEY (pipe, file));
`;
