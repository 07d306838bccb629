import { isSymbol, isWord, type Token } from "../../sql/lexer.ts";
import { CLOCKS, TYPES } from "../objects.ts";
import type { Facts, Place } from "../queries.ts";
import type { Message, Rule } from "../rule.ts";
import { findWords, wordsAt } from "../tokens.ts";
import { MONEY } from "./creating.ts";

/** Rules on queries and DML. */
export const QUERYING: readonly Rule[] = [
  ofFacts(
    "column",
    ({ unknownColumns }) => unknownColumns,
    (name) => `there is no column ${name}`,
  ),
  // Snowflake takes some, by what it can prove of their rows:
  // https://docs.snowflake.com/en/user-guide/querying-subqueries
  ofFacts(
    "correlated",
    ({ correlatedScalars }) => correlatedScalars,
    () =>
      "a subquery for a value must not use the query around it: Snowflake refuses most of these; join instead",
  ),
  // "EXISTS, ANY / ALL, and IN subqueries in WHERE clauses": the same page. A policy may have EXISTS in a
  // CASE, a script in an IF.
  {
    name: "subquery",
    check: ({ kind }, { facts }) =>
      kind === "expression"
        ? []
        : (facts?.subqueriesElsewhere ?? []).map(({ line }) => ({
            message: "EXISTS and IN with a query stand in WHERE, HAVING or QUALIFY only: join instead",
            line,
          })),
  },
  // `payload:price = 5` compares VARIANTs, and a JSON null is not NULL.
  ofFacts(
    "cast",
    ({ uncastPaths }) => uncastPaths,
    (path) => `${path} needs a type: write ${path}::VARCHAR, say`,
  ),
  ofFacts(
    "float",
    ({ floats }) => floats.filter(({ text }) => MONEY.test(text)),
    (name) => `${name} is money: NUMBER(38,6), not FLOAT`,
  ),
  {
    name: "star",
    check: ({ inside }, { facts }) =>
      inside === "view" || inside === "function"
        ? (facts?.wildcards ?? []).map(({ line }) => ({
            message: "name the columns: * changes when a table does",
            line,
          }))
        : [],
  },
  ofFacts(
    "merge",
    ({ unsureMerge }) => (unsureMerge ? [unsureMerge] : []),
    () =>
      "MERGE fails on, or counts twice, two rows for a key: give its source QUALIFY ROW_NUMBER() … = 1 or GROUP BY",
  ),
  {
    name: "type",
    check: ({ tokens }) =>
      tokens
        .filter((token, at) => isSymbol(tokens[at - 1], "::") && !TYPES.includes(token.text.toUpperCase()))
        .map(({ text, line }) => ({ message: `${text} is no type of ours: ${TYPES.join(", ")}`, line })),
  },
  {
    // In the session's time zone, which nobody sets for a task:
    // https://docs.snowflake.com/en/sql-reference/functions/sysdate
    name: "clock",
    check: ({ tokens }) =>
      tokens
        .filter((token) => CLOCKS.some((word) => isWord(token, word)))
        .map(({ text, line }) => ({
          message: `${text} is in the session's time zone: use SYSDATE(), which is UTC`,
          line,
        })),
  },
  {
    //
    // https://docs.snowflake.com/en/developer-guide/snowflake-scripting/variables#using-a-variable-in-a-sql-statement-binding
    name: "colon",
    check({ tokens, needsColon, variables }, { catalog }) {
      if (!needsColon) return [];
      return tokens
        .filter(({ kind, text }, at) => {
          const name = text.toUpperCase();
          const isName = kind === "word" && variables.has(name) && !catalog.hasColumn(name);
          const isBound =
            isSymbol(tokens[at - 1], ":") || isSymbol(tokens[at - 1], ".") || isWord(tokens[at - 1], "AS");
          return isName && !isBound && !isSymbol(tokens[at + 1], ".") && !isSymbol(tokens[at + 1], "(");
        })
        .map(({ text, line }) => ({
          message: `the variable ${text} needs a colon in SQL: write :${text}`,
          line,
        }));
    },
  },
  {
    name: "variable",
    check: ({ tokens, needsColon, variables }) =>
      tokens
        .filter((token, at) => needsColon && isBound(tokens, at) && !variables.has(token.text.toUpperCase()))
        .map(({ text, line }) => ({ message: `there is no variable ${text}`, line })),
  },
  {
    // Each is a transaction of its own and commits what is open:
    // https://docs.snowflake.com/en/sql-reference/transactions#ddl
    name: "transaction",
    check: ({ tokens, inTransaction }) =>
      inTransaction && COMMITTING.some((word) => isWord(tokens[0], word))
        ? [
            {
              message: `${tokens[0]?.text.toUpperCase()} commits the transaction that is open: do it before or after`,
            },
          ]
        : [],
  },
  {
    // Snowpipe skips a whole file by default: https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
    name: "copy",
    check({ tokens, inside }) {
      if (!isWord(tokens[0], "COPY")) return inside === "pipe" ? [{ message: "a pipe runs COPY INTO" }] : [];
      const faults: Message[] = [];
      for (const clause of ["ON_ERROR", "FILE_FORMAT"])
        if (findWords(tokens, clause) < 0)
          faults.push({ message: `COPY INTO lacks ${clause}: the default is not ours` });
      const cast = tokens.find(
        (token) => isSymbol(token, "::") || /^(TRY_)?(CAST|TO_\w+)$/i.test(token.text),
      );
      if (cast)
        faults.push({
          message: "COPY INTO casts nothing: one bad value must not cost its line",
          line: cast.line,
        });
      return faults;
    },
  },
  {
    name: "task",
    check: ({ tokens, inside, kind }) =>
      inside === "task" && kind === "sql" && !TASK_HEADS.some((words) => wordsAt(tokens, 0, words))
        ? [{ message: "a task runs CALL, a DML statement or EXECUTE IMMEDIATE $$…$$" }]
        : [],
  },
];

const COMMITTING = ["CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE", "COMMENT", "USE"];
const TASK_HEADS = [
  "CALL",
  "INSERT",
  "MERGE",
  "UPDATE",
  "DELETE",
  "BEGIN TRANSACTION",
  "COMMIT",
  "ROLLBACK",
  "SELECT",
];

/** Whether it is the name in `:name`, and not that of a path, `payload:name`. */
function isBound(tokens: readonly Token[], at: number): boolean {
  const [before, colon, name] = [tokens[at - 2], tokens[at - 1], tokens[at]];
  const isPath = before?.kind !== "symbol" || isSymbol(before, ")") || isSymbol(before, "]");
  return name?.kind === "word" && isSymbol(colon, ":") && !(isPath && before?.end === colon?.start);
}

function ofFacts(
  name: string,
  placesOf: (facts: Facts) => readonly Place[],
  say: (text: string) => string,
): Rule {
  return {
    name,
    check: (_, { facts }) =>
      facts ? placesOf(facts).map(({ text, line }) => ({ message: say(text), line })) : [],
  };
}
