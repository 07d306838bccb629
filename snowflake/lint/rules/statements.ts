import { closingOf, isSymbol, isWord, type Token } from "../../sql/lexer.ts";
import type { Catalog } from "../catalog.ts";
import { OBJECT_TYPES } from "../objects.ts";
import type { Message, Rule } from "../rule.ts";
import { findWords, itemsOf, nameAt, sqlOf, wordsAt } from "../tokens.ts";
import { spoken } from "./creating.ts";
import { missing } from "./references.ts";

/** Rules on statements that neither ask nor create: USE, GRANT, ALTER, COMMENT. */
export const STATEMENTS: readonly Rule[] = [
  {
    name: "statement",
    check({ kind, tokens, creation }) {
      const isKnown = creation ?? HEADS.find((words) => wordsAt(tokens, 0, words));
      return kind !== "statement" || isKnown
        ? []
        : [{ message: `"${headOf(tokens)}" is no statement that these files may have` }];
    },
  },
  {
    name: "use",
    check({ tokens }, { catalog }) {
      const type = USABLE.find((word) => wordsAt(tokens, 0, `USE ${word}`));
      return type ? missing(type, nameAt(tokens, 2).parts, tokens[2]?.line, catalog) : [];
    },
  },
  {
    name: "grant",
    check: ({ tokens }, { catalog }) => (isWord(tokens[0], "GRANT") ? grantFaults(tokens, catalog) : []),
  },
  {
    name: "alter",
    check({ tokens, inside }, { catalog }) {
      if (!isWord(tokens[0], "ALTER")) return [];
      // A table has one such policy at most, and without one shows all: what adds it looks first, and never
      // drops it before.
      const isUnguarded = inside === undefined && findWords(tokens, "ADD ROW ACCESS POLICY") > 0;
      return [...alterFaults(tokens, catalog), ...(isUnguarded ? [{ message: UNGUARDED }] : [])];
    },
  },
  {
    name: "comment",
    check({ tokens }, { catalog }) {
      if (!wordsAt(tokens, 0, "COMMENT ON") || wordsAt(tokens, 2, "COLUMN")) return [];
      const { type, at } = typeAt(tokens, wordsAt(tokens, 2, "IF EXISTS") ? 4 : 2);
      return type ? missing(type, nameAt(tokens, at).parts, tokens[at]?.line, catalog) : [];
    },
  },
];

const UNGUARDED =
  "ADD ROW ACCESS POLICY fails in a second run: add it in EXECUTE IMMEDIATE, where POLICY_REFERENCES has none";
const USABLE = ["ROLE", "WAREHOUSE", "DATABASE", "SCHEMA"];
const HEADS = [
  ...USABLE.map((word) => `USE ${word}`),
  ...["GRANT", "COMMENT ON", "CALL", "EXECUTE IMMEDIATE", "EXECUTE TASK", "ALTER SESSION", "ALTER ACCOUNT"],
  ...[...Object.keys(OBJECT_TYPES), "INTEGRATION"].map((type) => `ALTER ${type}`),
];

function headOf(tokens: readonly Token[]): string {
  const words = isWord(tokens[0], "CREATE") || isWord(tokens[0], "ALTER") ? 5 : 2;
  return sqlOf(tokens.slice(0, words)).replace(/\s+/g, " ");
}

function typeAt(tokens: readonly Token[], at: number): { type?: string; at: number } {
  const type = [...Object.keys(OBJECT_TYPES), "INTEGRATION", "ACCOUNT"].find((words) =>
    wordsAt(tokens, at, words),
  );
  return { type, at: at + (type?.split(" ").length ?? 0) };
}

/** https://docs.snowflake.com/en/user-guide/security-access-control-privileges */
const PRIVILEGES: Readonly<Record<string, RegExp>> = {
  ACCOUNT: /^(CREATE (DATABASE|ROLE|WAREHOUSE|INTEGRATION)|EXECUTE (MANAGED )?(TASK|ALERT)|MANAGE GRANTS)$/,
  DATABASE: /^(USAGE|MONITOR|MODIFY|CREATE SCHEMA|IMPORTED PRIVILEGES)$/,
  SCHEMA: new RegExp(`^(USAGE|MONITOR|MODIFY|CREATE (${Object.keys(OBJECT_TYPES).join("|")}))$`),
  TABLE: /^(SELECT|INSERT|UPDATE|DELETE|TRUNCATE|REFERENCES)$/,
  VIEW: /^(SELECT|REFERENCES)$/,
  STREAM: /^SELECT$/,
  STAGE: /^(USAGE|READ|WRITE)$/,
  "FILE FORMAT": /^USAGE$/,
  PIPE: /^(MONITOR|OPERATE)$/,
  TASK: /^(MONITOR|OPERATE)$/,
  ALERT: /^(MONITOR|OPERATE)$/,
  PROCEDURE: /^USAGE$/,
  FUNCTION: /^USAGE$/,
  WAREHOUSE: /^(USAGE|OPERATE|MONITOR|MODIFY)$/,
  INTEGRATION: /^USAGE$/,
  "RESOURCE MONITOR": /^(MONITOR|MODIFY)$/,
  TAG: /^(APPLY|READ)$/,
  "MASKING POLICY": /^APPLY$/,
  "ROW ACCESS POLICY": /^APPLY$/,
};

function grantFaults(tokens: readonly Token[], catalog: Catalog): Message[] {
  const on = findWords(tokens, "ON");
  const to = findWords(tokens, "TO ROLE");
  if (to < 0) return [{ message: "GRANT … TO ROLE is known here, and no other" }];
  const { parts, end } = nameAt(tokens, to + 2);
  const grantee = missing("ROLE", parts, tokens[to]?.line, catalog);
  const tail = sqlOf(tokens.slice(end)).toUpperCase();
  if (!/^(|WITH GRANT OPTION|(COPY|REVOKE) CURRENT GRANTS)$/.test(tail))
    grantee.push({ message: `GRANT … ${tail} is not known here` });
  if (wordsAt(tokens, 1, "ROLE"))
    return [...missing("ROLE", nameAt(tokens, 2).parts, tokens[2]?.line, catalog), ...grantee];
  // Roles that Snowflake's own database brings, such as SNOWFLAKE.USAGE_VIEWER.
  if (wordsAt(tokens, 1, "DATABASE ROLE SNOWFLAKE")) return grantee;
  if (on < 0) return [{ message: "GRANT lacks ON" }, ...grantee];
  const { type, faults } = grantedOn(tokens.slice(on + 1, to), catalog);
  const privileges = itemsOf(tokens.slice(1, on)).map((item) =>
    item.map(({ text }) => text.toUpperCase()).join(" "),
  );
  const known = PRIVILEGES[type];
  const wrong = known
    ? privileges.filter((name) => !/^(ALL( PRIVILEGES)?|OWNERSHIP)$/.test(name) && !known.test(name))
    : [];
  return [
    ...faults,
    ...wrong.map((name) => ({ message: `${name} is no privilege on a ${type.toLowerCase()}` })),
    ...grantee,
  ];
}

/** What stands between ON and TO: `TABLE a.b`, `ACCOUNT`, `FUTURE VIEWS IN SCHEMA a`. */
function grantedOn(tokens: readonly Token[], catalog: Catalog): { type: string; faults: Message[] } {
  if (isWord(tokens[0], "ALL") || isWord(tokens[0], "FUTURE")) {
    const inside = findWords(tokens, "IN");
    const plural = tokens
      .slice(1, inside)
      .map(({ text }) => text.toUpperCase())
      .join(" ");
    const type = plural.replace(/ICIES$/, "ICY").replace(/S$/, "");
    const { type: container, at } = typeAt(tokens, inside + 1);
    const faults = container
      ? missing(container, nameAt(tokens, at).parts, tokens[at]?.line, catalog)
      : [{ message: "GRANT on all or future objects lacks IN SCHEMA or IN DATABASE" }];
    return { type, faults: PRIVILEGES[type] ? faults : [{ message: `there are no ${plural}` }, ...faults] };
  }
  const { type, at } = typeAt(tokens, 0);
  if (!type)
    return { type: "thing", faults: [{ message: `GRANT ON ${tokens[0]?.text ?? ""} is not known here` }] };
  if (type === "ACCOUNT") return { type, faults: [] };
  return { type, faults: missing(type, nameAt(tokens, at).parts, tokens[at]?.line, catalog) };
}

/** What may follow `ALTER <type> <name>`, by type, besides setting the options of the type. */
const ALTERATIONS: Readonly<Record<string, readonly RegExp[]>> = {
  TASK: [/^(SUSPEND|RESUME)$/],
  ALERT: [/^(SUSPEND|RESUME)$/],
  PIPE: [/^REFRESH$/],
  WAREHOUSE: [/^(SUSPEND|RESUME IF SUSPENDED)$/],
  TABLE: [
    /^SET TAG \S+ = '.*'$/,
    /^(MODIFY|ALTER) COLUMN \w+ (SET TAG \S+ = '.*'|SET MASKING POLICY \S+( FORCE)?|UNSET MASKING POLICY)$/,
    /^ADD ROW ACCESS POLICY \S+ ON \(.+\)$/,
    /^DROP (ALL ROW ACCESS POLICIES|ROW ACCESS POLICY \S+)$/,
    /^ADD COLUMN IF NOT EXISTS /,
  ],
  TAG: [/^SET MASKING POLICY \S+( , MASKING POLICY \S+)*( FORCE)?$/, /^UNSET MASKING POLICY \S+$/],
  "MASKING POLICY": [/^SET BODY -> /],
  "ROW ACCESS POLICY": [/^SET BODY -> /],
};

function alterFaults(tokens: readonly Token[], catalog: Catalog): Message[] {
  const { type, at } = typeAt(tokens, 1);
  if (!type || type === "ACCOUNT") return [];
  const isLenient = wordsAt(tokens, at, "IF EXISTS");
  const { parts, end } = nameAt(tokens, isLenient ? at + 2 : at);
  const start = isSymbol(tokens[end], "(") ? closingOf(tokens, end) + 1 : end;
  const faults = isLenient ? [] : missing(type, parts, tokens[at]?.line, catalog);
  if (!isAlteration(type, tokens.slice(start)))
    faults.push({ message: `ALTER ${type} … ${sqlOf(tokens.slice(start, start + 2))} is not known here` });
  return [...faults, ...tagFaults(tokens, catalog), ...policyFaults(tokens, type, parts, catalog)];
}

function isAlteration(type: string, tokens: readonly Token[]): boolean {
  const spec = Object.entries(OBJECT_TYPES).find(([name]) => name === type || name.endsWith(` ${type}`))?.[1];
  const settings = tokens.filter((_, at) => isSymbol(tokens[at + 1], "="));
  if (isWord(tokens[0], "SET") && settings.length > 0 && settings[0] === tokens[1])
    return settings.every(({ text }) => spec?.options.includes(text.toUpperCase()));
  const text = sqlOf(tokens).replace(/\s+/g, " ").replace(/ ?, ?/g, " , ").toUpperCase();
  return (ALTERATIONS[type === "VIEW" ? "TABLE" : type] ?? []).some((known) => known.test(text));
}

function tagFaults(tokens: readonly Token[], catalog: Catalog): Message[] {
  const set = findWords(tokens, "SET TAG");
  return set < 0 ? [] : missing("TAG", nameAt(tokens, set + 2).parts, tokens[set]?.line, catalog);
}

function policyFaults(tokens: readonly Token[], type: string, parts: string[], catalog: Catalog): Message[] {
  const faults: Message[] = [];
  const masking = findWords(tokens, "MASKING POLICY");
  if (masking >= 0 && type !== "MASKING POLICY" && !isWord(tokens[masking - 1], "UNSET")) {
    for (let at = masking; at < tokens.length; at++)
      if (wordsAt(tokens, at, "MASKING POLICY"))
        faults.push(...missing("MASKING POLICY", nameAt(tokens, at + 2).parts, tokens[at]?.line, catalog));
    // https://docs.snowflake.com/en/sql-reference/sql/alter-tag
    if (findWords(tokens, "FORCE") < 0)
      faults.push({ message: "SET MASKING POLICY fails in a second run: add FORCE" });
  }
  const adding = findWords(tokens, "ADD ROW ACCESS POLICY");
  if (adding < 0) return [...faults, ...columnFaults(tokens, parts, catalog)];
  const { parts: policy, end } = nameAt(tokens, adding + 4);
  faults.push(...missing("ROW ACCESS POLICY", policy, tokens[adding]?.line, catalog));
  const columns = isSymbol(tokens[end + 1], "(")
    ? itemsOf(tokens.slice(end + 2, closingOf(tokens, end + 1)))
    : [];
  for (const column of columns) faults.push(...missingColumn(parts, column, catalog));
  return faults;
}

function columnFaults(tokens: readonly Token[], parts: string[], catalog: Catalog): Message[] {
  return tokens.flatMap((_, at) => {
    const isColumn = (wordsAt(tokens, at, "MODIFY COLUMN") || wordsAt(tokens, at, "ALTER COLUMN")) && at > 0;
    return isColumn ? missingColumn(parts, tokens.slice(at + 2, at + 3), catalog) : [];
  });
}

function missingColumn(table: string[], column: readonly Token[], catalog: Catalog): Message[] {
  const known = catalog.columns(table);
  return known && !known.includes(nameAt(column, 0).parts[0] ?? "")
    ? [
        {
          message: `there is no column ${table.join(".").toLowerCase()}.${spoken(column)}`,
          line: column[0]?.line,
        },
      ]
    : [];
}
