/**
 * The functions that may be used, and what each is in DuckDB. One that is not here is refused before DuckDB sees it, which may have
 * a function of the same name and another meaning. functions.test.ts has a value from Snowflake's documentation for each.
 */
import { contentOf } from "../../sql/lexer.ts";
import { dateFormat } from "./date-format.ts";
import type { NotUnderstood } from "./not-understood.ts";
import { literal } from "./text.ts";
import type { Node } from "./tree.ts";
import { unitOf } from "./units.ts";

export interface Call {
  function: string;
  /** The arguments as written … */
  nodes: readonly (readonly Node[])[];
  /** … and as DuckDB's SQL. */
  args: readonly string[];
  distinct: boolean;
  /** What WITHIN GROUP orders by. */
  order: string | undefined;
  ignoreNulls: boolean;
  unknown(what: string): NotUnderstood;
}

export interface FunctionRule {
  /** How many arguments it takes: at least and at most. */
  count: readonly [least: number, most: number];
  emit(call: Call): string;
  /** Where a window is not merely put behind. */
  emitOver?(call: Call, over: string): string;
  aggregate?: true;
  /** It takes WITHIN GROUP. */
  ordered?: true;
  /** It needs OVER. */
  window?: true;
  /** Without a frame it sees the whole partition. */
  wholePartition?: true;
  /** It takes a VARIANT as it is: a path without a cast. */
  variant?: true;
}

type Emit = FunctionRule["emit"];
const MANY = Number.POSITIVE_INFINITY;

const list = (args: readonly string[]) => args.join(", ");
const as =
  (name: string): Emit =>
  ({ args }) =>
    `${name}(${list(args)})`;
const scalar = (least: number, most: number, emit: Emit): FunctionRule => ({ count: [least, most], emit });
const onVariant = (least: number, most: number, emit: Emit): FunctionRule => ({
  count: [least, most],
  emit,
  variant: true,
});
const aggregate = (name: string, count = 1): FunctionRule => ({
  count: [count, count],
  emit: ({ args, distinct }) => `${name}(${distinct ? "DISTINCT " : ""}${list(args)})`,
  aggregate: true,
});
const window = (name: string, least: number, most: number): FunctionRule => ({
  count: [least, most],
  emit: ({ args, ignoreNulls }) => `${name}(${list(args)}${ignoreNulls ? " IGNORE NULLS" : ""})`,
  window: true,
});
const ifAnyNull = (args: readonly string[], otherwise: string) =>
  `CASE WHEN ${args.map((arg) => `(${arg}) IS NULL`).join(" OR ")} THEN NULL ELSE ${otherwise} END`;

/** A text function whose further arguments are places: a NUMBER is one to Snowflake, to DuckDB only a BIGINT. */
const withPlaces =
  (name: string): Emit =>
  ({ args: [text, ...places] }) =>
    `${name}(${list([text ?? "", ...places.map((place) => `CAST(${place} AS BIGINT)`)])})`;

/** The argument as written, where it is one number or string. */
function constant(call: Call, index: number): string | undefined {
  const [node, ...more] = call.nodes[index] ?? [];
  if (more.length > 0) return undefined;
  if (node?.kind === "string") return contentOf(node);
  return node?.kind === "number" ? node.text : undefined;
}

function wholeNumber(call: Call, index: number, absent: number): number {
  if (call.nodes[index] === undefined) return absent;
  const text = constant(call, index);
  if (text === undefined || !/^\d+$/.test(text))
    throw call.unknown("an argument that is no whole number as written");
  return Number(text);
}

/** A unit of time, as a word or as a string. */
function unit(call: Call, index = 0): string {
  const [node] = call.nodes[index] ?? [];
  const written = node?.kind === "string" ? contentOf(node) : node?.kind === "word" ? node.text : "";
  const unit = unitOf(written);
  if (unit === undefined) throw call.unknown(`the unit "${written}"`);
  return unit;
}

const CALENDAR_UNITS = new Set(["day", "week", "month", "quarter", "year"]);

/** A text is a time of no type yet. */
const time = (call: Call, index: number) =>
  constant(call, index) === undefined ? `(${call.args[index]})` : `CAST(${call.args[index]} AS TIMESTAMP)`;

/** A DATE stays one if whole days are added, or if it is cut to days or more. */
const sameType = (sql: string, like: string) => `cast_to_type(${sql}, ${like})`;

const dateAdd: Emit = (call) => {
  const by = unit(call);
  const from = time(call, 2);
  const sum = `(${from} + sf.interval_of('${by}', CAST(${call.args[1]} AS BIGINT)))`;
  return CALENDAR_UNITS.has(by) ? sameType(sum, from) : sum;
};

/** How many boundaries of the unit lie between: a week begins on Monday, also across the turn of one. */
const dateDiff: Emit = (call) => {
  const by = unit(call);
  const [from, to] = [time(call, 1), time(call, 2)];
  return by === "week"
    ? `(date_diff('day', date_trunc('week', ${from}), date_trunc('week', ${to})) // 7)`
    : `date_diff('${by}', ${from}, ${to})`;
};

const dateTrunc: Emit = (call) => {
  const to = unit(call);
  const from = time(call, 1);
  return CALENDAR_UNITS.has(to)
    ? sameType(`date_trunc('${to}', ${from})`, from)
    : `date_trunc('${to}', CAST(${from} AS TIMESTAMP))`;
};

const tryDecimal: Emit = (call) => {
  const format = constant(call, 1);
  const isHex = call.nodes[1]?.[0]?.kind === "string" && /^X+$/i.test(format ?? "");
  if (call.nodes[1]?.[0]?.kind === "string" && !isHex) throw call.unknown("a format other than X…");
  const [precision, scale] = [wholeNumber(call, isHex ? 2 : 1, 38), wholeNumber(call, isHex ? 3 : 2, 0)];
  const type = `DECIMAL(${precision}, ${scale})`;
  return isHex
    ? `TRY_CAST(sf.try_hex(${call.args[0]}, ${format?.length ?? 0}) AS ${type})`
    : `TRY_CAST(sf.plain_number(${call.args[0]}) AS ${type})`;
};

const toTimestamp: Emit = (call) =>
  call.args.length === 1
    ? `CAST(${call.args[0]} AS TIMESTAMP)`
    : `make_timestamp(CAST((${call.args[0]}) * ${10 ** (6 - Math.min(wholeNumber(call, 1, 0), 6))} AS BIGINT))`;

const toChar: Emit = (call) => {
  if (call.args.length === 1) return `sf.to_varchar(${call.args[0]})`;
  const format = dateFormat(constant(call, 1) ?? "");
  if (format === undefined) throw call.unknown(`the format ${call.args[1]}`);
  return `strftime(CAST(${call.args[0]} AS TIMESTAMP), ${literal(format)})`;
};

const inUtc: Emit = (call) => {
  const [zone, at, source] = [call.args[call.args.length - 2], call.args.at(-1), call.args[0]];
  if (call.args.length === 3) return `timezone(${zone}, timezone(${source}, CAST(${at} AS TIMESTAMP)))`;
  if (constant(call, 0)?.toUpperCase() !== "UTC")
    throw call.unknown("a time zone other than UTC, the session's");
  return `CAST(${at} AS TIMESTAMPTZ)`;
};

const regexOptions = (call: Call, index: number) => {
  const options = constant(call, index) ?? "";
  if (!/^[cis]*$/.test(options)) throw call.unknown(`the parameters '${options}'`);
  return literal(options);
};

const isOne = (call: Call, index: number) => wholeNumber(call, index, 1) === 1;

const regexSubstr: Emit = (call) => {
  const [text, pattern] = call.args;
  if (!isOne(call, 2) || !isOne(call, 3))
    throw call.unknown("a position or an occurrence other than the first");
  const options = constant(call, 4) ?? "c";
  if (!/^[cise]*$/.test(options)) throw call.unknown(`the parameters '${options}'`);
  const group = wholeNumber(call, 5, options.includes("e") ? 1 : 0);
  const flags = literal(options.replaceAll("e", ""));
  return `CASE WHEN regexp_matches(${text}, ${pattern}, ${flags}) THEN regexp_extract(${text}, ${pattern}, ${group}, ${flags}) END`;
};

const regexReplace: Emit = (call) => {
  if (call.args.length > 3) throw call.unknown("more than a replacement");
  return `regexp_replace(${call.args[0]}, ${call.args[1]}, ${call.args[2] ?? "''"}, 'g')`;
};

const decode: Emit = ({ args: [value, ...rest] }) => {
  const cases: string[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2)
    cases.push(`WHEN (${value}) IS NOT DISTINCT FROM (${rest[at]}) THEN ${rest[at + 1]}`);
  return `CASE ${cases.join(" ")}${rest.length % 2 === 1 ? ` ELSE ${rest.at(-1)}` : ""} END`;
};

/** Pairs whose value is NULL are left out (https://docs.snowflake.com/en/sql-reference/functions/object_construct). */
const objectConstruct =
  (pair: string): Emit =>
  (call) => {
    if (call.args.length % 2 === 1) throw call.unknown("a key without a value");
    const pairs: string[] = [];
    for (let at = 0; at < call.args.length; at += 2)
      pairs.push(`${pair}(${call.args[at]}, to_json(${call.args[at + 1]}))`);
    return pairs.length === 0 ? `CAST('{}' AS JSON)` : `sf.object_of([${list(pairs)}])`;
  };

const objectDelete: Emit = (call) => {
  const keys = call.nodes.slice(1).map((_, index) => {
    const key = constant(call, index + 1);
    if (key === undefined) throw call.unknown("a key that is no string as written");
    return key;
  });
  const removal = JSON.stringify(Object.fromEntries(keys.map((key) => [key, null])));
  const [object] = call.args;
  return `CASE WHEN (${object}) IS NOT NULL THEN CAST(json_merge_patch(${object}, ${literal(removal)}) AS JSON) END`;
};

const get: Emit = (call) => {
  const key = constant(call, 1);
  if (key === undefined) throw call.unknown("a key that is not written out");
  const step = call.nodes[1]?.[0]?.kind === "number" ? `[${key}]` : `."${key}"`;
  return `json_extract(${call.args[0]}, ${literal(`$${step}`)})`;
};

const concatWs: Emit = ({ args }) => ifAnyNull(args, `concat_ws(${list(args.map(varchar))})`);
const varchar = (arg: string) => `sf.to_varchar(${arg})`;

const listAgg: Emit = ({ args: [value = "", delimiter = "''"], distinct, order }) => {
  // DISTINCT can only be ordered by what is listed: the text.
  const by = order?.startsWith(value) ? varchar(value) + order.slice(value.length) : order;
  const list = `${distinct ? "DISTINCT " : ""}${varchar(value)}, ${delimiter}`;
  const ordered = order === undefined ? "" : ` ORDER BY ${distinct ? by : order}`;
  return `coalesce(string_agg(${list}${ordered}), '')`;
};

const arrayAgg: Emit = ({ args: [value], distinct, order }) =>
  `coalesce(to_json(list(${distinct ? "DISTINCT " : ""}${value}${order ? ` ORDER BY ${order}` : ""}) FILTER (WHERE (${value}) IS NOT NULL)), CAST('[]' AS JSON))`;

const percentile: FunctionRule = {
  count: [1, 1],
  emit: (call) => {
    if (call.order === undefined) throw call.unknown("no WITHIN GROUP");
    return `percentile_cont(${call.args[0]}) WITHIN GROUP (ORDER BY ${call.order})`;
  },
  aggregate: true,
  ordered: true,
};

const datePart = (part: string): FunctionRule =>
  scalar(1, 1, ({ args }) => `date_part('${part}', ${args[0]})`);

/** In upper case. */
export const FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  // Aggregates
  COUNT: aggregate("count"),
  SUM: aggregate("sum"),
  MIN: aggregate("min"),
  MAX: aggregate("max"),
  AVG: aggregate("avg"),
  MEDIAN: aggregate("median"),
  COUNT_IF: aggregate("count_if"),
  BOOLOR_AGG: aggregate("bool_or"),
  BOOLAND_AGG: aggregate("bool_and"),
  ANY_VALUE: { ...aggregate("any_value"), variant: true },
  MIN_BY: aggregate("arg_min_null", 2),
  MAX_BY: aggregate("arg_max_null", 2),
  STDDEV: aggregate("stddev_samp"),
  APPROX_COUNT_DISTINCT: aggregate("approx_count_distinct"),
  LISTAGG: { count: [1, 2], emit: listAgg, aggregate: true, ordered: true },
  ARRAY_AGG: { count: [1, 1], emit: arrayAgg, aggregate: true, ordered: true, variant: true },
  PERCENTILE_CONT: percentile,

  // Windows
  ROW_NUMBER: window("row_number", 0, 0),
  RANK: window("rank", 0, 0),
  DENSE_RANK: window("dense_rank", 0, 0),
  NTILE: window("ntile", 1, 1),
  LAG: window("lag", 1, 3),
  LEAD: window("lead", 1, 3),
  FIRST_VALUE: { ...window("first_value", 1, 1), wholePartition: true },
  LAST_VALUE: { ...window("last_value", 1, 1), wholePartition: true },
  RATIO_TO_REPORT: {
    count: [1, 1],
    emit: ({ args }) => args[0] ?? "",
    emitOver: ({ args: [value] }, over) => `((${value}) / sum(${value}) OVER (${over}))`,
    window: true,
  },

  // Choice
  IFF: {
    ...scalar(3, 3, ({ args: [when, yes, no] }) => `CASE WHEN ${when} THEN ${yes} ELSE ${no} END`),
    variant: true,
  },
  NVL: onVariant(2, 2, as("coalesce")),
  IFNULL: onVariant(2, 2, as("coalesce")),
  COALESCE: onVariant(2, MANY, as("coalesce")),
  NVL2: scalar(
    3,
    3,
    ({ args: [value, yes, no] }) => `CASE WHEN (${value}) IS NOT NULL THEN ${yes} ELSE ${no} END`,
  ),
  NULLIF: scalar(2, 2, as("nullif")),
  ZEROIFNULL: scalar(1, 1, ({ args }) => `coalesce(${args[0]}, 0)`),
  NULLIFZERO: scalar(1, 1, ({ args }) => `nullif(${args[0]}, 0)`),
  EQUAL_NULL: scalar(2, 2, ({ args }) => `((${args[0]}) IS NOT DISTINCT FROM (${args[1]}))`),
  DECODE: scalar(3, MANY, decode),
  GREATEST: scalar(1, MANY, ({ args }) => ifAnyNull(args, `greatest(${list(args)})`)),
  LEAST: scalar(1, MANY, ({ args }) => ifAnyNull(args, `least(${list(args)})`)),
  GREATEST_IGNORE_NULLS: scalar(1, MANY, as("greatest")),
  LEAST_IGNORE_NULLS: scalar(1, MANY, as("least")),

  // Numbers
  DIV0: scalar(2, 2, as("sf.div0")),
  DIV0NULL: scalar(2, 2, as("sf.div0null")),
  ROUND: scalar(1, 2, as("round")),
  TRUNC: scalar(1, 2, as("trunc")),
  ABS: scalar(1, 1, as("abs")),
  FLOOR: scalar(1, 1, as("floor")),
  CEIL: scalar(1, 1, as("ceil")),
  SIGN: scalar(1, 1, as("sign")),
  SQRT: scalar(1, 1, as("sqrt")),
  POWER: scalar(2, 2, as("power")),
  EXP: scalar(1, 1, as("exp")),
  LN: scalar(1, 1, as("ln")),
  LOG: scalar(2, 2, as("log")),
  MOD: scalar(2, 2, as("mod")),
  TO_DOUBLE: scalar(1, 1, ({ args }) => `CAST(${args[0]} AS DOUBLE)`),
  TRY_TO_DECIMAL: scalar(1, 4, tryDecimal),
  TRY_TO_NUMBER: scalar(1, 4, tryDecimal),
  TRY_TO_NUMERIC: scalar(1, 4, tryDecimal),
  TRY_TO_DOUBLE: scalar(1, 1, ({ args }) => `TRY_CAST(sf.plain_double(${args[0]}) AS DOUBLE)`),
  TRY_TO_BOOLEAN: scalar(1, 1, as("sf.try_to_boolean")),

  // Time
  SYSDATE: scalar(0, 0, () => "sf.sysdate()"),
  DATEDIFF: scalar(3, 3, dateDiff),
  TIMESTAMPDIFF: scalar(3, 3, dateDiff),
  DATEADD: scalar(3, 3, dateAdd),
  TIMESTAMPADD: scalar(3, 3, dateAdd),
  DATE_TRUNC: scalar(2, 2, dateTrunc),
  DATE_PART: scalar(2, 2, (call) => `date_part('${unit(call)}', ${time(call, 1)})`),
  YEAR: datePart("year"),
  QUARTER: datePart("quarter"),
  MONTH: datePart("month"),
  DAY: datePart("day"),
  HOUR: datePart("hour"),
  MINUTE: datePart("minute"),
  SECOND: datePart("second"),
  DAYOFWEEKISO: datePart("isodow"),
  DAYOFYEAR: datePart("doy"),
  LAST_DAY: scalar(1, 1, as("last_day")),
  CONVERT_TIMEZONE: scalar(2, 3, inUtc),
  TO_DATE: scalar(1, 1, ({ args }) => `CAST(${args[0]} AS DATE)`),
  TRY_TO_DATE: scalar(1, 1, ({ args }) => `TRY_CAST(sf.plain_time(${args[0]}) AS DATE)`),
  TO_TIMESTAMP_NTZ: scalar(1, 2, toTimestamp),
  TRY_TO_TIMESTAMP_NTZ: scalar(1, 1, ({ args }) => `TRY_CAST(sf.plain_time(${args[0]}) AS TIMESTAMP)`),
  TO_TIMESTAMP_LTZ: scalar(1, 1, ({ args }) => `CAST(${args[0]} AS TIMESTAMPTZ)`),
  TO_CHAR: scalar(1, 2, toChar),
  TO_VARCHAR: scalar(1, 2, toChar),

  // Text
  UPPER: scalar(1, 1, as("upper")),
  LOWER: scalar(1, 1, as("lower")),
  LEFT: scalar(2, 2, withPlaces("left")),
  RIGHT: scalar(2, 2, withPlaces("right")),
  SUBSTR: scalar(2, 3, withPlaces("substr")),
  SUBSTRING: scalar(2, 3, withPlaces("substr")),
  LENGTH: scalar(1, 1, as("length")),
  LPAD: scalar(2, 3, ({ args }) => `lpad(${args[0]}, CAST(${args[1]} AS INTEGER), ${args[2] ?? "' '"})`),
  RPAD: scalar(2, 3, ({ args }) => `rpad(${args[0]}, CAST(${args[1]} AS INTEGER), ${args[2] ?? "' '"})`),
  REPLACE: scalar(2, 3, ({ args }) => `replace(${args[0]}, ${args[1]}, ${args[2] ?? "''"})`),
  REPEAT: scalar(2, 2, ({ args }) => `repeat(${args[0]}, CAST(${args[1]} AS BIGINT))`),
  SPLIT_PART: scalar(
    3,
    3,
    ({ args: [text, by, part] }) =>
      `split_part(${text}, ${by}, CAST(coalesce(nullif(${part}, 0), 1) AS BIGINT))`,
  ),
  CONCAT: scalar(1, MANY, ({ args }) => `(${args.map(varchar).join(" || ")})`),
  CONCAT_WS: scalar(2, MANY, concatWs),
  TRIM: scalar(1, 2, as("trim")),
  LTRIM: scalar(1, 2, as("ltrim")),
  RTRIM: scalar(1, 2, as("rtrim")),
  STARTSWITH: scalar(2, 2, as("starts_with")),
  ENDSWITH: scalar(2, 2, as("ends_with")),
  CONTAINS: scalar(2, 2, as("contains")),
  POSITION: scalar(2, 2, ({ args }) => `strpos(${args[1]}, ${args[0]})`),
  REGEXP_LIKE: scalar(
    2,
    3,
    (call) => `regexp_full_match(${call.args[0]}, ${call.args[1]}, ${regexOptions(call, 2)})`,
  ),
  REGEXP_SUBSTR: scalar(2, 6, regexSubstr),
  REGEXP_REPLACE: scalar(2, 4, regexReplace),
  SHA2: scalar(1, 2, (call) => {
    if (wholeNumber(call, 1, 256) !== 256) throw call.unknown("a length other than 256");
    return `sha256(${varchar(call.args[0] ?? "")})`;
  }),
  MD5: scalar(1, 1, ({ args }) => `md5(${varchar(args[0] ?? "")})`),
  UUID_STRING: scalar(0, 0, () => "CAST(uuid() AS VARCHAR)"),

  // VARIANT
  PARSE_JSON: scalar(1, 1, as("sf.parse_json")),
  TRY_PARSE_JSON: scalar(1, 1, as("sf.try_parse_json")),
  TO_JSON: onVariant(1, 1, as("sf.to_json")),
  TO_VARIANT: onVariant(1, 1, as("to_json")),
  TYPEOF: onVariant(1, 1, as("sf.typeof")),
  IS_NULL_VALUE: onVariant(1, 1, ({ args }) => `(json_type(${args[0]}) = 'NULL')`),
  IS_OBJECT: onVariant(1, 1, ({ args }) => `(json_type(${args[0]}) = 'OBJECT')`),
  IS_ARRAY: onVariant(1, 1, ({ args }) => `(json_type(${args[0]}) = 'ARRAY')`),
  AS_OBJECT: onVariant(1, 1, ({ args }) => `CASE json_type(${args[0]}) WHEN 'OBJECT' THEN ${args[0]} END`),
  AS_ARRAY: onVariant(1, 1, ({ args }) => `CASE json_type(${args[0]}) WHEN 'ARRAY' THEN ${args[0]} END`),
  GET: onVariant(2, 2, get),
  OBJECT_CONSTRUCT: onVariant(0, MANY, objectConstruct("sf.pair")),
  OBJECT_CONSTRUCT_KEEP_NULL: onVariant(0, MANY, objectConstruct("sf.pair_or_null")),
  OBJECT_DELETE: onVariant(2, MANY, objectDelete),
  OBJECT_KEYS: onVariant(1, 1, ({ args }) => `to_json(json_keys(${args[0]}))`),
  ARRAY_CONSTRUCT: onVariant(0, MANY, as("json_array")),
  ARRAY_GENERATE_RANGE: scalar(2, 2, ({ args }) => `to_json(range(${list(args)}))`),
  ARRAY_SIZE: onVariant(1, 1, as("sf.array_size")),
};
