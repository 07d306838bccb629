/**
 * The object types that the files may create: in which ways again, with what. From the pages of
 * https://docs.snowflake.com/en/sql-reference/sql/create-or-alter and /create-<type>, as of November 2026.
 * What is not here is unknown, and a finding.
 */
export interface ObjectType {
  /** The ways to create it that a second run survives and that lose nothing. A preview is none of them. */
  ways: readonly Way[];
  /** It belongs to the account, not to a schema: its name begins with the database's. */
  ofAccount?: true;
  /** Words between CREATE and the type. */
  modifiers?: readonly string[];
  /** Names that may stand before `=`. */
  options: readonly string[];
  required?: readonly string[];
  /** Everything else that may follow the name. */
  clauses?: Readonly<Record<string, Shape>>;
}

export type Way = "OR ALTER" | "OR REPLACE" | "IF NOT EXISTS";

/** What follows the words of a clause. */
export type Shape =
  /** Nothing. */
  | "nothing"
  /** Parentheses. */
  | "group"
  /** A name, a type with its parentheses, or a string. */
  | "value"
  /** Names or strings between commas. */
  | "list"
  /** Everything up to the next clause of the type. */
  | "open"
  /** Everything to the end, but for options after a policy's expression. */
  | "rest";

/** https://docs.snowflake.com/en/sql-reference/parameters: those that a task of ours may set. */
const SESSION_PARAMETERS = [
  "AUTOCOMMIT",
  "QUERY_TAG",
  "STATEMENT_TIMEOUT_IN_SECONDS",
  "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS",
  "TIMEZONE",
  "TIMESTAMP_TYPE_MAPPING",
  "TRANSACTION_ABORT_ON_ERROR",
  "WEEK_OF_YEAR_POLICY",
  "WEEK_START",
];

const RETENTION = ["DATA_RETENTION_TIME_IN_DAYS", "MAX_DATA_EXTENSION_TIME_IN_DAYS"];

export const OBJECT_TYPES: Readonly<Record<string, ObjectType>> = {
  ROLE: { ways: ["OR ALTER", "IF NOT EXISTS"], ofAccount: true, options: ["COMMENT"], required: ["COMMENT"] },
  WAREHOUSE: {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    ofAccount: true,
    options: [
      "WAREHOUSE_TYPE",
      "WAREHOUSE_SIZE",
      "GENERATION",
      "RESOURCE_CONSTRAINT",
      "MAX_CLUSTER_COUNT",
      "MIN_CLUSTER_COUNT",
      "SCALING_POLICY",
      "AUTO_SUSPEND",
      "AUTO_RESUME",
      "INITIALLY_SUSPENDED",
      "RESOURCE_MONITOR",
      "COMMENT",
      "ENABLE_QUERY_ACCELERATION",
      "QUERY_ACCELERATION_MAX_SCALE_FACTOR",
      "MAX_CONCURRENCY_LEVEL",
      "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS",
      "STATEMENT_TIMEOUT_IN_SECONDS",
    ],
    required: ["WAREHOUSE_SIZE", "AUTO_SUSPEND", "AUTO_RESUME", "STATEMENT_TIMEOUT_IN_SECONDS"],
    clauses: { WITH: "nothing" },
  },
  "RESOURCE MONITOR": {
    ways: ["IF NOT EXISTS"],
    ofAccount: true,
    options: ["CREDIT_QUOTA", "FREQUENCY", "START_TIMESTAMP", "END_TIMESTAMP", "NOTIFY_USERS"],
    // A frequency needs a start: https://docs.snowflake.com/en/sql-reference/sql/create-resource-monitor
    required: ["CREDIT_QUOTA", "FREQUENCY", "START_TIMESTAMP", "TRIGGERS"],
    clauses: { WITH: "nothing", TRIGGERS: "rest" },
  },
  "STORAGE INTEGRATION": {
    ways: ["IF NOT EXISTS"],
    ofAccount: true,
    options: [
      "TYPE",
      "STORAGE_PROVIDER",
      "STORAGE_AWS_ROLE_ARN",
      "STORAGE_AWS_EXTERNAL_ID",
      "STORAGE_AWS_OBJECT_ACL",
      "USE_PRIVATELINK_ENDPOINT",
      "ENABLED",
      "STORAGE_ALLOWED_LOCATIONS",
      "STORAGE_BLOCKED_LOCATIONS",
      "COMMENT",
    ],
    required: ["TYPE", "STORAGE_PROVIDER", "STORAGE_AWS_ROLE_ARN", "ENABLED", "STORAGE_ALLOWED_LOCATIONS"],
  },
  "NOTIFICATION INTEGRATION": {
    ways: ["IF NOT EXISTS"],
    ofAccount: true,
    options: ["TYPE", "ENABLED", "ALLOWED_RECIPIENTS", "DEFAULT_RECIPIENTS", "DEFAULT_SUBJECT", "COMMENT"],
    required: ["TYPE", "ENABLED"],
  },
  DATABASE: { ways: ["OR ALTER", "IF NOT EXISTS"], ofAccount: true, options: [...RETENTION, "COMMENT"] },
  SCHEMA: {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    options: [...RETENTION, "COMMENT"],
    required: ["COMMENT"],
    clauses: { "WITH MANAGED ACCESS": "nothing" },
  },
  "FILE FORMAT": {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    // Those of JSON.
    options: [
      "TYPE",
      "COMPRESSION",
      "DATE_FORMAT",
      "TIME_FORMAT",
      "TIMESTAMP_FORMAT",
      "BINARY_FORMAT",
      "TRIM_SPACE",
      "MULTI_LINE",
      "NULL_IF",
      "FILE_EXTENSION",
      "ENABLE_OCTAL",
      "ALLOW_DUPLICATE",
      "STRIP_OUTER_ARRAY",
      "STRIP_NULL_VALUES",
      "REPLACE_INVALID_CHARACTERS",
      "IGNORE_UTF8_ERRORS",
      "SKIP_BYTE_ORDER_MARK",
      "COMMENT",
    ],
    required: ["TYPE"],
  },
  STAGE: {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    options: [
      "URL",
      "STORAGE_INTEGRATION",
      "ENCRYPTION",
      "USE_PRIVATELINK_ENDPOINT",
      "DIRECTORY",
      "FILE_FORMAT",
      "COMMENT",
    ],
    required: ["URL", "STORAGE_INTEGRATION"],
  },
  STREAM: {
    ways: ["IF NOT EXISTS"],
    options: ["APPEND_ONLY", "SHOW_INITIAL_ROWS", "COMMENT"],
    required: ["ON TABLE", "APPEND_ONLY"],
    clauses: { "ON TABLE": "value" },
  },
  PIPE: {
    ways: ["IF NOT EXISTS"],
    options: ["AUTO_INGEST", "ERROR_INTEGRATION", "AWS_SNS_TOPIC", "INTEGRATION", "COMMENT"],
    required: ["AUTO_INGEST", "AS"],
    clauses: { AS: "rest" },
  },
  TABLE: {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    modifiers: ["TRANSIENT"],
    options: [...RETENTION, "ENABLE_SCHEMA_EVOLUTION", "CHANGE_TRACKING", "DEFAULT_DDL_COLLATION", "COMMENT"],
    required: ["()", "COMMENT"],
    clauses: { "()": "group", "CLUSTER BY": "group" },
  },
  VIEW: {
    // OR ALTER cannot change the query of a view that is there: "The following modifications are supported:
    // secure, comments, change
    // tracking" (https://docs.snowflake.com/en/sql-reference/sql/create-view). A view holds no data: it can
    // be replaced.
    ways: ["OR REPLACE"],
    modifiers: ["SECURE"],
    options: ["CHANGE_TRACKING", "COMMENT"],
    required: ["()", "COPY GRANTS", "COMMENT", "AS"],
    clauses: { "()": "group", "COPY GRANTS": "nothing", AS: "rest" },
  },
  PROCEDURE: {
    ways: ["OR ALTER", "OR REPLACE"],
    modifiers: ["SECURE"],
    options: ["COMMENT"],
    required: ["()", "RETURNS", "LANGUAGE SQL", "COMMENT", "AS"],
    clauses: {
      "()": "group",
      "COPY GRANTS": "nothing",
      RETURNS: "open",
      "LANGUAGE SQL": "nothing",
      "EXECUTE AS OWNER": "nothing",
      "EXECUTE AS CALLER": "nothing",
      AS: "rest",
    },
  },
  FUNCTION: {
    ways: ["OR ALTER", "OR REPLACE", "IF NOT EXISTS"],
    modifiers: ["SECURE"],
    options: ["COMMENT"],
    required: ["()", "RETURNS", "COMMENT", "AS"],
    clauses: {
      "()": "group",
      "COPY GRANTS": "nothing",
      RETURNS: "open",
      "LANGUAGE SQL": "nothing",
      IMMUTABLE: "nothing",
      MEMOIZABLE: "nothing",
      AS: "rest",
    },
  },
  TASK: {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    options: [
      "WAREHOUSE",
      "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE",
      "SCHEDULE",
      "CONFIG",
      "OVERLAP_POLICY",
      "USER_TASK_TIMEOUT_MS",
      "SUSPEND_TASK_AFTER_NUM_FAILURES",
      "ERROR_INTEGRATION",
      "SUCCESS_INTEGRATION",
      "LOG_LEVEL",
      "COMMENT",
      "FINALIZE",
      "TASK_AUTO_RETRY_ATTEMPTS",
      "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS",
      "TARGET_COMPLETION_INTERVAL",
      "SERVERLESS_TASK_MIN_STATEMENT_SIZE",
      "SERVERLESS_TASK_MAX_STATEMENT_SIZE",
      ...SESSION_PARAMETERS,
    ],
    required: ["COMMENT", "AS"],
    clauses: { AFTER: "list", WHEN: "open", AS: "rest" },
  },
  ALERT: {
    ways: ["OR ALTER", "IF NOT EXISTS", "OR REPLACE"],
    options: ["SCHEDULE", "WAREHOUSE", "COMMENT", "CONFIG", "RUNBOOK", "SUSPEND_ALERT_AFTER_NUM_FAILURES"],
    required: ["SCHEDULE", "COMMENT", "IF", "THEN"],
    clauses: { IF: "group", THEN: "rest" },
  },
  TAG: {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    options: ["PROPAGATE", "ON_CONFLICT", "COMMENT"],
    required: ["COMMENT"],
    clauses: { ALLOWED_VALUES: "list" },
  },
  // One that is attached cannot be replaced.
  "MASKING POLICY": {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    options: ["COMMENT", "EXEMPT_OTHER_POLICIES"],
    required: ["AS", "COMMENT"],
    clauses: { AS: "rest" },
  },
  "ROW ACCESS POLICY": {
    ways: ["OR ALTER", "IF NOT EXISTS"],
    options: ["COMMENT"],
    required: ["AS", "COMMENT"],
    clauses: { AS: "rest" },
  },
};

/** What an option may be, where that is one of a few words. */
export const OPTION_VALUES: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(
    ["APPEND_ONLY", "AUTO_INGEST", "AUTO_RESUME", "CHANGE_TRACKING", "ENABLED", "INITIALLY_SUSPENDED"].map(
      (name) => [name, /^(TRUE|FALSE)$/i],
    ),
  ),
  WAREHOUSE_SIZE: /^(XSMALL|SMALL|MEDIUM)$/i,
  FREQUENCY: /^(MONTHLY|DAILY|WEEKLY|YEARLY|NEVER)$/i,
  START_TIMESTAMP: /^(IMMEDIATELY|'.*')$/i,
  TYPE: /^(JSON|EXTERNAL_STAGE|EMAIL)$/i,
  COMPRESSION: /^(AUTO|GZIP|NONE)$/i,
  AUTO_SUSPEND: /^\d+$/,
  CREDIT_QUOTA: /^\d+$/,
  // Of COPY INTO: https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#copy-options-copyoptions
  ON_ERROR: /^(CONTINUE|SKIP_FILE|SKIP_FILE_\d+|ABORT_STATEMENT)$/i,
};

/**
 * https://docs.snowflake.com/en/sql-reference/intro-summary-data-types: those that these files use, by one
 * name each.
 */
export const TYPES = [
  ...["VARCHAR", "NUMBER", "INT", "FLOAT", "BOOLEAN", "DATE", "TIME", "BINARY", "VARIANT", "OBJECT", "ARRAY"],
  ...["TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"],
];

/** Those that are in the time zone of the session. */
export const CLOCKS = [
  "CURRENT_TIMESTAMP",
  "CURRENT_DATE",
  "CURRENT_TIME",
  "GETDATE",
  "LOCALTIME",
  "LOCALTIMESTAMP",
  "SYSTIMESTAMP",
];
