import { FUNCTIONS } from "../../duckdb/translate/functions.ts";
import { closingOf, contentOf, isSymbol, isWord, type Token } from "../../sql/lexer.ts";
import type { Catalog } from "../catalog.ts";
import { CLOCKS, OPTION_VALUES } from "../objects.ts";
import type { Message, Rule } from "../rule.ts";
import { itemsOf, nameAt, wordsAt } from "../tokens.ts";
import { spoken } from "./creating.ts";

/** Rules on names: what they name must have been made by a statement before. */
export const REFERENCES: readonly Rule[] = [
  {
    name: "relation",
    check: (_, { facts, catalog }) =>
      (facts?.relations ?? [])
        .filter(({ parts }) => !isThere(parts, catalog))
        .map(({ parts, line }) => ({
          message: `there is no table, view or stage ${parts.join(".").toLowerCase()} yet`,
          line,
        })),
  },
  {
    name: "routine",
    check: (_, { facts, catalog }) => [
      ...(facts?.procedures ?? [])
        .filter(({ parts }) => !parts[0]?.startsWith("SYSTEM$") && !catalog.has("PROCEDURE", parts))
        .map(({ parts, line }) => ({
          message: `there is no procedure ${parts.join(".").toLowerCase()} yet`,
          line,
        })),
      ...(facts?.functions ?? [])
        .filter(
          ({ parts }) =>
            parts.length > 1 && !SNOWFLAKES.includes(parts[0] ?? "") && !catalog.has("FUNCTION", parts),
        )
        .map(({ parts, line }) => ({
          message: `there is no function ${parts.join(".").toLowerCase()} yet`,
          line,
        })),
    ],
  },
  {
    // The harness has a value from Snowflake's documentation for each function that it knows: others may
    // not even exist.
    name: "function",
    check: (_, { facts }) =>
      (facts?.functions ?? [])
        .filter(
          ({ parts: [name = "", ...rest] }) =>
            rest.length === 0 && !FUNCTIONS[name] && ![...KNOWN_ELSEWHERE, ...CLOCKS].includes(name),
        )
        .map(({ parts, line }) => ({
          message: `${parts[0]} is no function that duckdb/translate/functions.ts knows`,
          line,
        })),
  },
  {
    name: "option",
    check: ({ tokens, kind }) =>
      kind === "expression"
        ? []
        : tokens.flatMap((token, at) => {
            const allowed = token.kind === "word" ? OPTION_VALUES[token.text.toUpperCase()] : undefined;
            const value = tokens[at + 2];
            return allowed && value && isSymbol(tokens[at + 1], "=") && !allowed.test(value.text)
              ? [{ message: `${token.text} = ${value.text} is not known here`, line: value.line }]
              : [];
          }),
  },
  {
    name: "object",
    check({ tokens, kind }, { catalog }) {
      if (kind === "sql" && isWord(tokens[0], "COPY")) return copyFaults(tokens, catalog);
      return kind === "statement"
        ? [...propertyFaults(tokens, catalog), ...streamFaults(tokens, catalog)]
        : [];
    },
  },
  {
    // Functions that take the name of a role, a stream, a pipe, an integration or a task as a string.
    name: "string",
    check: ({ tokens }, { catalog }) =>
      tokens.flatMap((token, at) => {
        const type = NAMING[token.text.toUpperCase()];
        const argument = tokens[at + 2];
        const ours = token.kind === "string" ? contentOf(token).toUpperCase() : "";
        if (
          ours.startsWith(`${catalog.database}_`) &&
          /^\w+$/.test(ours) &&
          !ACCOUNT.some((kind) => catalog.has(kind, [ours]))
        )
          return [{ message: `there is no role, warehouse or integration ${ours} yet`, line: token.line }];
        if (!type || !isSymbol(tokens[at + 1], "(") || argument?.kind !== "string") return [];
        return missing(type, contentOf(argument).toUpperCase().split("."), argument.line, catalog);
      }),
  },
  {
    name: "privilege",
    check({ creation, inside }, { catalog }) {
      if (!creation || inside) return [];
      const [schema = ""] = catalog.resolved(creation.name).split(".");
      const lacked = catalog.privileges.lacked(creation, schema);
      return lacked ? [{ message: `${lacked}: USE another ROLE, or GRANT it before` }] : [];
    },
  },
  {
    name: "schema",
    check: ({ creation }, { catalog }) =>
      creation && creation.name.length > 1
        ? missing("SCHEMA", creation.name.slice(0, -1), undefined, catalog)
        : [],
  },
];

/** What only an account can answer, and what the harness knows in FROM alone. */
const KNOWN_ELSEWHERE = [
  "IS_ROLE_IN_SESSION",
  "SYSTEM$GET_TAG_ON_CURRENT_COLUMN",
  "SYSTEM$PIPE_STATUS",
  "SYSTEM$STREAM_HAS_DATA",
  "GENERATOR",
  "GENERATOR",
];
const SNOWFLAKES = ["SNOWFLAKE", "INFORMATION_SCHEMA"];
const ACCOUNT = ["ROLE", "WAREHOUSE", "INTEGRATION", "RESOURCE MONITOR"];
const NAMING: Readonly<Record<string, string>> = {
  IS_ROLE_IN_SESSION: "ROLE",
  SYSTEM$GET_TAG_ON_CURRENT_COLUMN: "TAG",
  SYSTEM$STREAM_HAS_DATA: "TABLE",
  SYSTEM$PIPE_STATUS: "PIPE",
  SYSTEM$SEND_EMAIL: "INTEGRATION",
};

/** https://docs.snowflake.com/en/user-guide/querying-metadata#metadata-columns */
const STAGE_COLUMNS = [
  "FILENAME",
  "FILE_ROW_NUMBER",
  "FILE_CONTENT_KEY",
  "FILE_LAST_MODIFIED",
  "START_SCAN_TIME",
].map((name) => `METADATA$${name}`);

/** Options whose value is the name of an object. */
const OPTIONS: Readonly<Record<string, string>> = {
  WAREHOUSE: "WAREHOUSE",
  STORAGE_INTEGRATION: "INTEGRATION",
  RESOURCE_MONITOR: "RESOURCE MONITOR",
  ERROR_INTEGRATION: "INTEGRATION",
  FORMAT_NAME: "FILE FORMAT",
};

function isThere(parts: readonly string[], catalog: Catalog): boolean {
  const [first = ""] = parts;
  if (first === "SNOWFLAKE") return parts[1] === "ACCOUNT_USAGE" && parts.length === 3;
  if (first === "INFORMATION_SCHEMA" || parts[1] === "INFORMATION_SCHEMA") return true;
  if (first.startsWith("@")) return catalog.has("STAGE", [first.slice(1), ...parts.slice(1)]);
  return catalog.has("TABLE", parts);
}

/** A finding where an object is not there. */
export function missing(
  type: string,
  parts: readonly string[],
  line: number | undefined,
  catalog: Catalog,
): Message[] {
  if (catalog.has(type, parts)) return [];
  const name = type === "SCHEMA" ? parts.at(-1) : parts.join(".");
  return [{ message: `there is no ${type.toLowerCase()} ${name?.toLowerCase()} yet`, line }];
}

function propertyFaults(tokens: readonly Token[], catalog: Catalog): Message[] {
  return tokens.flatMap((token, at) => {
    const type = OPTIONS[token.text.toUpperCase()];
    const value = tokens[at + 2];
    if (token.kind !== "word" || !type || !isSymbol(tokens[at + 1], "=") || !value) return [];
    const parts =
      value.kind === "string" ? contentOf(value).toUpperCase().split(".") : nameAt(tokens, at + 2).parts;
    return missing(type, parts, value.line, catalog);
  });
}

function streamFaults(tokens: readonly Token[], catalog: Catalog): Message[] {
  return tokens.flatMap((token, at) =>
    wordsAt(tokens, at, "ON TABLE") && isWord(tokens[0], "CREATE")
      ? missing("TABLE", nameAt(tokens, at + 2).parts, token.line, catalog)
      : [],
  );
}

function copyFaults(tokens: readonly Token[], catalog: Catalog): Message[] {
  const { parts, end } = nameAt(tokens, 2);
  const faults = missing("TABLE", parts, tokens[2]?.line, catalog);
  const known = catalog.columns(parts);
  const columns = isSymbol(tokens[end], "(") ? itemsOf(tokens.slice(end + 1, closingOf(tokens, end))) : [];
  for (const column of columns)
    if (known && !known.includes(nameAt(column, 0).parts[0] ?? ""))
      faults.push({
        message: `there is no column ${spoken(tokens, 2)}.${spoken(column)}`,
        line: column[0]?.line,
      });
  const stages = tokens.flatMap((token, at) =>
    isSymbol(token, "@") ? missing("STAGE", nameAt(tokens, at + 1).parts, token.line, catalog) : [],
  );
  const unknown = tokens
    .filter(({ text }) => /^METADATA\$/i.test(text) && !STAGE_COLUMNS.includes(text.toUpperCase()))
    .map(({ text, line }) => ({ message: `a stage has no ${text}`, line }));
  return [...faults, ...stages, ...unknown, ...propertyFaults(tokens, catalog)];
}
