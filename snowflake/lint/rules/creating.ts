import { closingOf, contentOf, isSymbol, type Token } from "../../sql/lexer.ts";
import { type Creation, columnsOf } from "../create.ts";
import { TYPES } from "../objects.ts";
import type { Message, Rule } from "../rule.ts";
import { findWords, nameAt, wordsAt } from "../tokens.ts";

/** Rules on what CREATE makes: a name, and what is wrong with one, in words. */
export const CREATING: readonly Rule[] = [
  ofCreation("again", ({ type, spec, way }) => {
    if (way && spec.ways.includes(way)) return [];
    const right = spec.ways.map((known) => written(type, known)).join(" or ");
    if (!way) return [`a second run would fail: write ${right}`];
    return [
      `CREATE ${way} ${type} is not to be used: ${REASONS[`${way} ${type}`] ?? REASONS[way]}; write ${right}`,
    ];
  }),
  ofCreation("clauses", ({ type, spec, modifiers, unknown, options, clauses }) => [
    ...modifiers
      .filter((word) => !spec.modifiers?.includes(word))
      .map((word) => `a ${type} of ours is not ${word}`),
    ...unknown.slice(0, 1).map(({ text, line }) => ({
      message:
        text.toUpperCase() === "CREDENTIALS"
          ? "no secrets in SQL: use a STORAGE_INTEGRATION"
          : `${text} is nothing that CREATE ${type} knows here: see its page in Snowflake's reference`,
      line,
    })),
    ...(spec.required ?? [])
      .filter((name) => !options.has(name) && !clauses.has(name))
      .map((name) => `CREATE ${type} lacks ${name === "()" ? "its list in parentheses" : name}`),
  ]),
  ofCreation("prefix", ({ type, spec, name }, database) => {
    const [text = ""] = name;
    const isOurs = type === "DATABASE" ? text === database : text.startsWith(`${database}_`);
    return spec.ofAccount && !isOurs
      ? [
          `${text} belongs to the whole account: begin its name with &{database}${type === "DATABASE" ? "" : "_"}`,
        ]
      : [];
  }),
  ofCreation("retention", ({ options, modifiers }) => {
    // https://docs.snowflake.com/en/user-guide/data-time-travel#data-retention-period
    const days = Number(options.get("DATA_RETENTION_TIME_IN_DAYS")?.[0]?.text ?? 0);
    const most = modifiers.includes("TRANSIENT") ? 1 : 90;
    return days > most ? [`DATA_RETENTION_TIME_IN_DAYS is ${most} at most here, not ${days}`] : [];
  }),
  ofCreation("type", (creation) =>
    columnsOf(creation)
      .filter(({ type }) => type !== "" && !TYPES.includes(type.replace(/\(.*/, "")))
      .map(({ type, line }) => ({ message: `${type} is no type of ours: ${TYPES.join(", ")}`, line })),
  ),
  // https://docs.snowflake.com/en/sql-reference/sql/create-masking-policy: "The return data type must match the input data type"
  ofCreation("policy", ({ type, clauses }) => {
    if (!type.endsWith(" POLICY")) return [];
    const tokens = clauses.get("AS") ?? [];
    const [, masked] = isSymbol(tokens[0], "(") ? tokens.slice(1, closingOf(tokens, 0)) : [];
    const returned = tokens[findWords(tokens, "RETURNS") + 1];
    const due = type === "MASKING POLICY" ? masked?.text.toUpperCase() : "BOOLEAN";
    return due && TYPES.includes(due) && returned?.text.toUpperCase() === due
      ? []
      : [
          {
            message: `this policy RETURNS ${due}, as the column's type or the kind of policy wants`,
            line: returned?.line,
          },
        ];
  }),
  ofCreation("money", (creation) => columnsOf(creation).flatMap(moneyFault)),
  ofCreation("clustering", (creation) => {
    // A virtual column cannot be one: https://docs.snowflake.com/en/user-guide/tables-clustering-keys
    const columns = columnsOf(creation);
    const stored = columns.filter(({ isVirtual }) => !isVirtual).map(({ name }) => name);
    return (creation.clauses.get("CLUSTER BY") ?? [])
      .filter(
        (token, at, all) => token.kind === "word" && !isSymbol(all[at + 1], "(") && !/^\d/.test(token.text),
      )
      .filter((token) => !stored.includes(token.text.toUpperCase()))
      .map(({ text, line }) => ({
        message: `CLUSTER BY needs a stored column; ${text} is none of this table`,
        line,
      }));
  }),
  ofCreation("comments", (creation) =>
    creation.type === "TABLE" || creation.type === "VIEW"
      ? columnsOf(creation)
          .filter(({ hasComment }) => !hasComment)
          .map(({ name, line }) => ({
            message: `column ${name.toLowerCase()} lacks COMMENT: the docs are made of them`,
            line,
          }))
      : [],
  ),
  ofCreation("warehouse", ({ type, options }) => {
    const suspend = options.get("AUTO_SUSPEND")?.[0];
    return type === "WAREHOUSE" && suspend && !(Number(suspend.text) <= 60)
      ? [
          {
            message: `AUTO_SUSPEND is 60 s at most, not ${suspend.text}: an idle warehouse is billed`,
            line: suspend.line,
          },
        ]
      : [];
  }),
  ofCreation("schedule", ({ type, options, clauses }) => {
    if (type !== "TASK" && type !== "ALERT") return [];
    const faults: (string | Message)[] = [];
    const schedule = options.get("SCHEDULE")?.[0];
    if (type === "TASK") {
      if (!options.has("WAREHOUSE") && !options.has("USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE"))
        faults.push("a task needs a WAREHOUSE or USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE");
      if (!schedule && !clauses.has("WHEN") && !clauses.has("AFTER") && !options.has("FINALIZE"))
        faults.push("a task needs a SCHEDULE, WHEN a stream has data, or AFTER another task: it never runs");
    }
    if (schedule && !SCHEDULES.test(contentOf(schedule)))
      faults.push({
        message: `${schedule.text} is no schedule: '5 MINUTES' or 'USING CRON 0 3 * * * UTC'`,
        line: schedule.line,
      });
    return faults;
  }),
  {
    // "You must suspend a task before you can alter it":
    // https://docs.snowflake.com/en/sql-reference/sql/create-or-alter#limitations
    name: "suspended",
    check({ creation }, { catalog }) {
      if (creation?.type !== "TASK" || creation.way !== "OR ALTER") return [];
      const name = creation.name.join(".").toLowerCase();
      return catalog.isSuspended(creation.name)
        ? []
        : [
            {
              message: `a running task cannot be altered: write ALTER TASK IF EXISTS ${name} SUSPEND before`,
            },
          ];
    },
  },
  ofCreation("stage", ({ type, options }) => {
    const format = options.get("FILE_FORMAT");
    return type === "STAGE" && format && !wordsAt(format, 1, "FORMAT_NAME") && !wordsAt(format, 1, "TYPE")
      ? ["FILE_FORMAT is written as (FORMAT_NAME = '…')"]
      : [];
  }),
  {
    name: "view-columns",
    check({ columns: named }, { facts }) {
      const given = facts?.columns;
      if (!named || !given) return [];
      if (named.length !== given.length)
        return [{ message: `the view names ${named.length} columns, its query has ${given.length}` }];
      const at = named.findIndex((name, index) => given[index] !== name);
      if (at < 0) return [];
      const [column, inQuery] = [named[at], given[at]].map((name) => name?.toLowerCase());
      return [
        { message: `the view's column ${column} is ${inQuery || "nameless"} in its query: name them alike` },
      ];
    },
  },
];

const SCHEDULES = /^(\d+ (HOUR|MINUTE|SECOND)S?|USING CRON( \S+){5} [\w/+-]+)$/i;

const REASONS: Readonly<Record<string, string>> = {
  "OR REPLACE": "what the old one holds would be lost (rows, offsets, grants)",
  "OR ALTER VIEW": "it cannot change the query of a view that is there",
  "OR ALTER": "Snowflake has none, or as a preview only",
  "IF NOT EXISTS": "a change would never arrive",
};

function written(type: string, way: string): string {
  return way === "IF NOT EXISTS" ? `CREATE ${type} IF NOT EXISTS` : `CREATE ${way} ${type}`;
}

function ofCreation(
  name: string,
  faultsOf: (creation: Creation, database: string) => readonly (string | Message)[],
): Rule {
  return {
    name,
    check: ({ creation }, { catalog }) =>
      creation
        ? faultsOf(creation, catalog.database).map((fault) =>
            typeof fault === "string" ? { message: fault } : fault,
          )
        : [],
  };
}

/** Amounts of money, and of what games give out: decimal, as they were sent. A MAD is a statistic. */
export const MONEY = /^(?!mad_)(.*_)?(amount|price|revenue|spend|ltv|cost|fee|usd)(_usd|_total)?$/i;
const RATE = /(^|_)(usd_per_unit|exchange_rate|fx_rate)$/i;

function moneyFault({ name, type, line }: { name: string; type: string; line: number }): Message[] {
  if (RATE.test(name) && type !== "" && type !== "NUMBER(38,12)")
    return [{ message: `${name.toLowerCase()} is a rate: NUMBER(38,12), not ${type}`, line }];
  if (
    MONEY.test(name) &&
    /^(FLOAT|DOUBLE|REAL|NUMBER|INT|DECIMAL|NUMERIC)/.test(type) &&
    type !== "NUMBER(38,6)"
  )
    return [{ message: `${name.toLowerCase()} is money: NUMBER(38,6), not ${type}`, line }];
  return [];
}

/** The name that stands at a token, in lower case, for messages. */
export function spoken(tokens: readonly Token[], at = 0): string {
  return nameAt(tokens, at).parts.join(".").toLowerCase();
}
