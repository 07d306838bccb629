-- What Firehose has put into S3, line by line, as it is. Nothing is cast here: one bad line must not cost its file.

USE ROLE &{database}_LOADER;
USE DATABASE &{database};
USE SCHEMA raw;

CREATE OR ALTER FILE FORMAT raw.ndjson
  TYPE = JSON
  COMPRESSION = AUTO
  COMMENT = 'One JSON object a line';

CREATE OR ALTER STAGE raw.events_stage
  URL = '&{bucket_url}'
  STORAGE_INTEGRATION = &{database}_S3
  FILE_FORMAT = (FORMAT_NAME = 'raw.ndjson')
  COMMENT = 'The objects of the delivery stream';

-- Transient: no Fail-safe, so that what is erased is gone after a day of Time Travel. S3 has the same lines, should this be lost.
-- A stream that nobody reads goes stale after the extension, and would have to be made anew: long enough for a warehouse that its monitor
-- has suspended until the next month.
CREATE OR ALTER TRANSIENT TABLE raw.raw_events (
  payload   VARIANT          COMMENT 'The line: docs/events.md has its fields',
  src_file  VARCHAR          COMMENT 'The object that it came in',
  src_row   NUMBER(38,0)     COMMENT 'Its place in the object, from 1',
  loaded_at TIMESTAMP_LTZ(9) COMMENT 'When it was copied'
)
  DATA_RETENTION_TIME_IN_DAYS = 1
  MAX_DATA_EXTENSION_TIME_IN_DAYS = 30
  COMMENT = 'Delivered lines, kept for 30 days: events, rejected events, exchange rates, erasures';

-- Append-only: rows that are erased or expire are no news to the load.
CREATE STREAM IF NOT EXISTS raw.raw_events_stream
  ON TABLE raw.raw_events
  APPEND_ONLY = TRUE
  COMMENT = 'Lines that the load has not seen yet';

-- ON_ERROR = CONTINUE leaves out a line that is no JSON, and counts it in COPY_HISTORY: quality.load_errors shows it.
CREATE PIPE IF NOT EXISTS raw.events_pipe
  AUTO_INGEST = TRUE
  COMMENT = 'Copies an object when S3 tells of it'
  AS
  COPY INTO raw.raw_events (payload, src_file, src_row, loaded_at)
  FROM (SELECT $1, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER, METADATA$START_SCAN_TIME FROM @raw.events_stage)
  FILE_FORMAT = (FORMAT_NAME = 'raw.ndjson')
  ON_ERROR = CONTINUE;
