import type { Catalog } from "./catalog.ts";
import { lineOf, type Node } from "./parser.ts";
import type { Unit } from "./units.ts";

/** Something in a query, and its line in the file. */
export interface Place {
  text: string;
  line?: number;
}

/** What a query reads, calls and does, as far as the rules ask. */
export interface Facts {
  /** Tables, views and streams by their full names, as written; a stage begins with `@`. */
  relations: { parts: string[]; line?: number }[];
  functions: { parts: string[]; line?: number }[];
  procedures: { parts: string[]; line?: number }[];
  /** Columns that no table of the query has. */
  unknownColumns: Place[];
  /** Subqueries that stand for a value and look at the query around them. */
  correlatedScalars: Place[];
  /** EXISTS, IN and ANY outside WHERE, HAVING and QUALIFY. */
  subqueriesElsewhere: Place[];
  /** Paths into a VARIANT, and values of FLATTEN, without a cast. */
  uncastPaths: Place[];
  wildcards: Place[];
  /** Casts to FLOAT of, or under the name of, what is called so. */
  floats: Place[];
  /** The names of the columns that come out; undefined: not known. */
  columns?: string[];
  /** A MERGE whose source may have two rows for a key. */
  unsureMerge?: Place;
}

interface Relation {
  alias: string;
  /** Undefined: not known. */
  columns?: string[];
  isFlatten?: true;
}

/** Where names are looked up: first here, then in what is around. */
interface Scope {
  relations: Relation[];
  ctes: Map<string, string[] | undefined>;
  /**
   * The names that SELECT gives to its expressions, which WHERE and QUALIFY may use, and the parameters of
   * lambdas.
   */
  aliases: Set<string>;
  around?: Scope;
  /** A name from around was used. */
  reachesOut: boolean;
}

type Position = "condition" | "elsewhere";
type Fields = { [key: string]: Node };

/** https://docs.snowflake.com/en/sql-reference/functions/flatten#output */
const FLATTEN_COLUMNS = ["SEQ", "KEY", "PATH", "INDEX", "VALUE", "THIS"];
const FLATTEN_ARGUMENTS = ["INPUT", "PATH", "OUTER", "RECURSIVE", "MODE"];
/** They take a VARIANT as it is. */
const VARIANT_TAKERS = [
  "FLATTEN",
  "TYPEOF",
  "ARRAY_SIZE",
  "OBJECT_KEYS",
  "IS_ARRAY",
  "IS_OBJECT",
  "TO_JSON",
  "IS_NULL_VALUE",
];
/** Their first argument, or the second of LAST_DAY, may be a part of a date without quotes. */
const DATE_FUNCTIONS = [
  "DATEADD",
  "DATEDIFF",
  "DATE_PART",
  "DATE_TRUNC",
  "TIMESTAMPADD",
  "TIMESTAMPDIFF",
  "TIME_SLICE",
];
const DATE_PARTS =
  /^(YEAR|QUARTER|MONTH|WEEK|WEEKISO|DAY|DAYOFWEEKISO|HOUR|MINUTE|SECOND|MILLISECOND|EPOCH_\w+)S?$/i;
/**
 * Not columns: https://docs.snowflake.com/en/developer-guide/snowflake-scripting/dml-status, and of stages.
 */
const PSEUDO = /^(SQLROWCOUNT|SQLFOUND|SQLNOTFOUND|SQLERRM|SQLCODE|SQLSTATE|METADATA\$\w+)$/;
/** Where names stand that are no expressions. */
const NO_EXPRESSIONS = [
  "name",
  "data_type",
  "alias",
  "columns",
  "target",
  "Using",
  "field",
  "window_name",
  "options",
];

/** Reads a parsed unit. */
export function factsOf(tree: Node, unit: Unit, catalog: Catalog): Facts {
  return new Reader(unit, catalog).read(tree);
}

class Reader {
  #unit: Unit;
  #catalog: Catalog;
  #facts: Facts = {
    relations: [],
    functions: [],
    procedures: [],
    unknownColumns: [],
    correlatedScalars: [],
    subqueriesElsewhere: [],
    uncastPaths: [],
    wildcards: [],
    floats: [],
  };

  constructor(unit: Unit, catalog: Catalog) {
    this.#unit = unit;
    this.#catalog = catalog;
  }

  read(tree: Node): Facts {
    const statement = Array.isArray(tree) ? (tree[0] ?? null) : tree;
    const {
      Query: query,
      Insert: insert,
      Merge: merge,
      Update: update,
      Delete: erase,
      Call: call,
    } = fields(statement);
    if (query) this.#facts.columns = this.#query(query).columns;
    if (insert) this.#insert(fields(insert));
    if (merge) this.#merge(fields(merge));
    if (update) this.#update(fields(update));
    if (erase) this.#delete(fields(erase));
    if (call) {
      this.#facts.procedures.push({ parts: namesOf(fields(call).name), line: this.#line(call) });
      this.#walk(fields(call).args, scope(), "elsewhere");
    }
    return this.#facts;
  }

  #insert({ table, columns, source }: Fields): void {
    const target = namesOf(fields(table).TableName);
    this.#relation(target, table, scope());
    this.#targets(columns, target);
    if (source) this.#query(source);
  }

  #merge({ table, source, on, clauses }: Fields): void {
    const here = scope();
    this.#factor(table, here);
    this.#factor(source, here);
    if (!isOnePerKey(fields(fields(source).Derived).subquery))
      this.#facts.unsureMerge = { text: "", line: this.#line(source) };
    const target = namesOf(fields(fields(table).Table).name);
    this.#walk(on, here, "elsewhere");
    for (const clause of list(clauses)) {
      const { Insert: insert, Update: update } = fields(fields(clause).action);
      this.#targets(fields(insert).columns, target);
      this.#assignments(fields(update).assignments, target, here);
      this.#walk(fields(clause).predicate, here, "elsewhere");
      this.#walk(fields(insert).kind, here, "elsewhere");
    }
  }

  #update({ table, from, assignments, selection }: Fields): void {
    const here = scope();
    const { relation } = fields(table);
    this.#factor(relation, here);
    for (const tables of list(from)) for (const source of list(tables)) this.#tables(source, here);
    for (const source of list(fields(from).AfterSet)) this.#tables(source, here);
    this.#assignments(assignments, namesOf(fields(fields(relation).Table).name), here);
    this.#walk(selection, here, "condition");
  }

  #delete({ from, using, selection }: Fields): void {
    const here = scope();
    for (const source of list(fields(from).WithFromKeyword)) this.#tables(source, here);
    for (const source of list(using)) this.#tables(source, here);
    this.#walk(selection, here, "condition");
  }

  #assignments(assignments: Node | undefined, target: string[], here: Scope): void {
    for (const assignment of list(assignments)) {
      this.#targets([fields(fields(assignment).target).ColumnName ?? null], target);
      this.#walk(fields(assignment).value, here, "elsewhere");
    }
  }

  #targets(columns: Node | undefined, table: string[]): void {
    const known = this.#catalog.columns(table);
    for (const column of list(columns)) {
      const name = namesOf(column).at(-1) ?? "";
      if (known && !known.includes(name)) this.#unknown(`${table.join(".")}.${name}`.toLowerCase(), column);
    }
  }

  #query(
    query: Node | undefined,
    around?: Scope,
    correlatable = true,
  ): { columns?: string[]; reachesOut: boolean } {
    const here = scope(correlatable ? around : around && { ...scope(), ctes: ctesAround(around) });
    const { with: ctes, body, order_by: order } = fields(query);
    for (const cte of list(fields(ctes).cte_tables)) {
      const { alias, query: inner } = fields(cte);
      const name = nameOf(fields(alias).name);
      const named = list(fields(alias).columns).map((column) => nameOf(fields(column).name));
      if (fields(ctes).recursive) here.ctes.set(name, named.length > 0 ? named : undefined);
      const { columns } = this.#query(inner ?? null, here, false);
      here.ctes.set(name, named.length > 0 ? named : columns);
    }
    const { columns, inside } = this.#body(body, here);
    this.#walk(order, inside ?? here, "elsewhere");
    return { columns, reachesOut: here.reachesOut };
  }

  #body(body: Node | undefined, here: Scope): { columns?: string[]; inside?: Scope } {
    const { Select: select, SetOperation: operation, Query: query, Values: values } = fields(body);
    if (select) return this.#select(fields(select), here);
    if (query) return { columns: this.#query(query, here).columns };
    if (values) this.#walk(values, here, "elsewhere");
    if (values)
      return {
        columns: list(fields(list(fields(values).rows)[0]).content).map((_, at) => `COLUMN${at + 1}`),
      };
    const left = this.#body(fields(operation).left, here);
    this.#body(fields(operation).right, here);
    const inside = scope(here);
    for (const name of left.columns ?? []) inside.aliases.add(name);
    return { columns: left.columns, inside: left.columns ? inside : left.inside };
  }

  #select({ projection, from, ...rest }: Fields, around: Scope): { columns?: string[]; inside: Scope } {
    const here = scope(around);
    for (const tables of list(from)) this.#tables(tables, here);
    for (const item of list(projection)) {
      const { alias } = fields(fields(item).ExprWithAlias);
      if (alias) here.aliases.add(nameOf(alias));
    }
    for (const item of list(projection)) this.#item(item, here);
    for (const [key, node] of Object.entries(rest))
      this.#walk(node, here, ["selection", "having", "qualify"].includes(key) ? "condition" : "elsewhere");
    return { columns: columnsOut(list(projection), here), inside: here };
  }

  #item(item: Node, here: Scope): void {
    const {
      ExprWithAlias: aliased,
      UnnamedExpr: unnamed,
      Wildcard: all,
      QualifiedWildcard: some,
    } = fields(item);
    if (all || some) this.#facts.wildcards.push({ text: "*", line: this.#line(item) });
    if (unnamed) this.#walk(unnamed, here, "elsewhere");
    if (!aliased) return;
    const { expr, alias } = fields(aliased);
    if (isFloat(fields(fields(expr).Cast).data_type)) this.#float(nameOf(alias), item);
    this.#walk(expr, here, "elsewhere");
  }

  #tables(tables: Node, here: Scope): void {
    const { relation, joins } = fields(tables);
    this.#factor(relation, here);
    for (const join of list(joins)) {
      this.#factor(fields(join).relation, here);
      this.#walk(fields(join).join_operator, here, "elsewhere");
    }
  }

  #factor(factor: Node | undefined, here: Scope): void {
    const {
      Table: table,
      Derived: derived,
      Function: call,
      TableFunction: wrapped,
      NestedJoin: nested,
    } = fields(factor);
    const { Pivot: pivot, Unpivot: unpivot } = fields(factor);
    if (nested) this.#tables(fields(nested).table_with_joins ?? null, here);
    else if (pivot || unpivot) {
      this.#factor(fields(pivot ?? unpivot).table, scope(here));
      here.relations.push({ alias: aliasOf(pivot ?? unpivot) });
    } else if (derived) {
      const { columns } = this.#query(
        fields(derived).subquery ?? null,
        here,
        fields(derived).lateral === true,
      );
      here.relations.push({ alias: aliasOf(derived), columns: aliasColumns(derived) ?? columns });
    } else if (table) this.#table(fields(table), here);
    else if (call) this.#tableFunction(namesOf(fields(call).name), fields(call).args, call, here);
    else if (wrapped) {
      const inner = fields(fields(fields(wrapped).expr).Function);
      this.#tableFunction(namesOf(inner.name), inner.args, wrapped, here);
    }
  }

  #table(table: Fields, here: Scope): void {
    const names = namesOf(table.name);
    if (table.args && names[0]?.startsWith("@") === false) {
      this.#tableFunction(names, table.args, table, here);
      return;
    }
    const columns = this.#relation(names, table.name, here);
    here.relations.push({
      alias: aliasOf(table) || (names.at(-1) ?? ""),
      columns: aliasColumns(table) ?? columns,
    });
    this.#walk(table.version, here, "elsewhere");
  }

  #tableFunction(names: string[], args: Node | undefined, factor: Node, here: Scope): void {
    const isFlatten = names.join(".") === "FLATTEN";
    if (!isFlatten) this.#facts.functions.push({ parts: names, line: this.#line(factor) });
    this.#arguments(args, here, isFlatten);
    const given = isFlatten ? [...JSON.stringify(args).matchAll(/"Named":\{"name":\{"value":"(\w+)"/g)] : [];
    for (const [, name] of given)
      if (!FLATTEN_ARGUMENTS.includes(upper(name))) this.#unknown(`${upper(name)} => of FLATTEN`, factor);
    const alias = aliasOf(factor) || (names.at(-1) ?? "");
    here.relations.push(isFlatten ? { alias, columns: FLATTEN_COLUMNS, isFlatten } : { alias });
  }

  /** Notes a table of the database, and returns the columns of it or of the CTE that hides it. */
  #relation(parts: string[], node: Node | undefined, here: Scope): string[] | undefined {
    const [name] = parts;
    if (parts.length === 1 && name !== undefined)
      for (let look: Scope | undefined = here; look; look = look.around)
        if (look.ctes.has(name)) return look.ctes.get(name);
    this.#facts.relations.push({ parts, line: this.#line(node) });
    return this.#catalog.columns(parts);
  }

  #walk(node: Node | undefined, here: Scope, position: Position, isCast = false): void {
    if (Array.isArray(node)) for (const item of node) this.#walk(item, here, position);
    if (node === null || typeof node !== "object" || Array.isArray(node)) return;
    for (const [key, inner] of Object.entries(node)) this.#expression(key, inner, here, position, isCast);
  }

  #expression(key: string, node: Node, here: Scope, position: Position, isCast: boolean): void {
    const inner = fields(node);
    switch (key) {
      case "Identifier":
        this.#column([nameOf(node)], node, here, isCast);
        return;
      case "CompoundIdentifier":
        this.#column(list(node).map(nameOf), node, here, isCast);
        return;
      case "Subquery":
        if (this.#query(node, here).reachesOut)
          this.#facts.correlatedScalars.push({ text: "", line: this.#line(node) });
        return;
      case "Exists":
      case "InSubquery":
        if (position !== "condition")
          this.#facts.subqueriesElsewhere.push({ text: "", line: this.#line(node) });
        this.#walk(inner.expr, here, position);
        this.#query(inner.subquery ?? null, here);
        return;
      case "AnyOp":
      case "AllOp":
        this.#walk(inner.left, here, position);
        this.#query(fields(inner.right).Subquery ?? null, here);
        return;
      case "JsonAccess":
        if (!isCast) this.#facts.uncastPaths.push({ text: pathOf(inner), line: this.#line(node) });
        this.#walk(inner.value, here, position, true);
        return;
      case "BinaryOp": {
        // A ratio is a FLOAT, of money too: `revenue::FLOAT / users`.
        const { Cast: numerator } = fields(inner.left);
        if (inner.op !== "Divide" || !numerator) break;
        this.#walk(fields(numerator).expr, here, position, true);
        this.#walk(inner.right, here, position);
        return;
      }
      case "Cast": {
        const named = lastName(inner.expr);
        if (named && isFloat(inner.data_type)) this.#float(named, node);
        this.#walk(inner.expr, here, position, true);
        return;
      }
      case "Function":
        this.#call(inner, node, here);
        return;
      case "Lambda": {
        const inside = scope(here);
        for (const name of JSON.stringify(inner.params).matchAll(/"value":"(\w+)"/g))
          inside.aliases.add(upper(name[1]));
        this.#walk(inner.body, inside, position);
        return;
      }
      case "span":
        return;
    }
    // What is nested in a condition is one still; a path in parentheses is cast by what casts the
    // parentheses.
    if (!NO_EXPRESSIONS.includes(key)) this.#walk(node, here, position, key === "Nested" && isCast);
  }

  #call({ name, args, over, within_group: within, filter }: Fields, node: Node, here: Scope): void {
    const parts = namesOf(name);
    this.#facts.functions.push({ parts, line: this.#line(node) });
    const isDate = DATE_FUNCTIONS.includes(parts.join("."));
    const isFloatCall = ["TO_DOUBLE", "TRY_TO_DOUBLE"].includes(parts.join("."));
    const named = isFloatCall ? lastName(firstArgument(args)) : undefined;
    if (named) this.#float(named, node);
    this.#arguments(args, here, VARIANT_TAKERS.includes(parts.join(".")), isDate);
    for (const part of [over, within, filter]) this.#walk(part, here, "elsewhere");
  }

  #arguments(args: Node | undefined, here: Scope, takesVariant: boolean, isDate = false): void {
    const { List: inner, Subquery: query, args: plain } = fields(args);
    if (query) this.#query(query, here);
    for (const argument of list(inner ? fields(inner).args : (plain ?? args))) {
      const { Unnamed: unnamed, Named: named } = fields(argument);
      const value = fields(unnamed ?? fields(named).arg).Expr;
      if (isDate && DATE_PARTS.test(nameOf(fields(value).Identifier))) continue;
      this.#walk(value, here, "elsewhere", takesVariant);
    }
    for (const clause of list(fields(inner).clauses)) this.#walk(clause, here, "elsewhere");
  }

  #column(parts: string[], node: Node, here: Scope, isCast: boolean): void {
    const name = parts.at(-1) ?? "";
    const passed: Scope[] = [];
    for (let look: Scope | undefined = here; look; look = look.around) {
      const found = parts.length > 1 ? byAlias(look, parts) : byColumn(look, name);
      if (found) {
        for (const scope of passed) scope.reachesOut = true;
        if (found !== "alias") this.#checked(found, name, parts, node, isCast);
        return;
      }
      passed.push(look);
    }
    if (!this.#unit.variables.has(parts[0] ?? "") && !PSEUDO.test(name))
      this.#unknown(parts.join(".").toLowerCase(), node);
  }

  #checked(relation: Relation, name: string, parts: string[], node: Node, isCast: boolean): void {
    if (relation.columns && !relation.columns.includes(name) && !PSEUDO.test(name))
      this.#unknown(parts.join(".").toLowerCase(), node);
    if (relation.isFlatten && name === "VALUE" && !isCast)
      this.#facts.uncastPaths.push({ text: parts.join(".").toLowerCase(), line: this.#line(node) });
  }

  #unknown(text: string, node: Node): void {
    this.#facts.unknownColumns.push({ text, line: this.#line(node) });
  }

  #float(name: string, node: Node): void {
    this.#facts.floats.push({ text: name.toLowerCase(), line: this.#line(node) });
  }

  #line(node: Node | undefined): number | undefined {
    return lineOf(node, this.#unit);
  }
}

function scope(around?: Scope): Scope {
  return { relations: [], ctes: new Map(), aliases: new Set(), around, reachesOut: false };
}

/** What a derived table may use of what is around it: the CTEs, not the tables. */
function ctesAround(around: Scope): Scope["ctes"] {
  const ctes: Scope["ctes"] = new Map();
  for (let look: Scope | undefined = around; look; look = look.around)
    for (const [name, columns] of look.ctes) if (!ctes.has(name)) ctes.set(name, columns);
  return ctes;
}

function byAlias({ relations }: Scope, parts: string[]): Relation | undefined {
  return relations.find(({ alias }) => alias === parts.at(-2));
}

function byColumn({ relations, aliases }: Scope, name: string): Relation | "alias" | undefined {
  const known = relations.find(({ columns }) => columns?.includes(name));
  return known ?? (aliases.has(name) ? "alias" : relations.find(({ columns }) => columns === undefined));
}

function columnsOut(projection: Node[], here: Scope): string[] | undefined {
  const columns: string[] = [];
  for (const item of projection) {
    const { ExprWithAlias: aliased, UnnamedExpr: unnamed, QualifiedWildcard: some } = fields(item);
    if (aliased) columns.push(nameOf(fields(aliased).alias));
    else if (unnamed) columns.push(lastName(unnamed) ?? "");
    else {
      const alias = some ? namesOf(fields(list(some)[0]).ObjectName).at(-1) : undefined;
      const wanted = here.relations.filter((relation) => alias === undefined || relation.alias === alias);
      const isPlain = !/"opt_(exclude|rename|replace|ilike)":[{[]/.test(JSON.stringify(item));
      for (const relation of wanted) {
        if (!relation.columns || !isPlain) return undefined;
        columns.push(...relation.columns);
      }
    }
  }
  return columns;
}

/** Whether a MERGE's source has one row a key for sure: QUALIFY, GROUP BY, DISTINCT, or no table at all. */
function isOnePerKey(query: Node | undefined): boolean {
  const { Select: select, SetOperation: operation, Values: values } = fields(fields(query).body);
  if (values) return true;
  if (operation)
    return [fields(operation).left, fields(operation).right].every((body) =>
      isOnePerKey({ body: body ?? null }),
    );
  const { from, qualify, group_by: group, distinct } = fields(select);
  if (!select) return false;
  const isGrouped = fields(group).All !== undefined || list(list(fields(group).Expressions)[0]).length > 0;
  return list(from).length === 0 || isSomething(qualify) || isGrouped || isSomething(distinct);
}

function isSomething(node: Node | undefined): boolean {
  return node !== undefined && node !== null;
}

function isFloat(type: Node | undefined): boolean {
  return /"(Float|Double|DoublePrecision|Real|Float64)/.test(JSON.stringify(type ?? null));
}

/** The name of a column, or the last of a path's: of `payload:a.price`, PRICE. */
function lastName(node: Node | undefined): string | undefined {
  const {
    Identifier: one,
    CompoundIdentifier: many,
    JsonAccess: access,
    Cast: cast,
    Nested: nested,
  } = fields(node);
  if (one) return nameOf(one);
  if (many) return nameOf(list(many).at(-1));
  if (cast) return lastName(fields(cast).expr);
  if (nested) return lastName(nested);
  const key = fields(fields(list(fields(fields(access).path).path).at(-1)).Dot).key;
  return typeof key === "string" ? upper(key) : undefined;
}

function pathOf({ value, path }: Fields): string {
  const keys = list(fields(path).path).map((part) => {
    const { key } = fields(fields(part).Dot);
    return typeof key === "string" ? key : "[…]";
  });
  return `${(lastName(value) ?? "…").toLowerCase()}:${keys.join(".")}`;
}

function firstArgument(args: Node | undefined): Node | undefined {
  return fields(fields(list(fields(fields(args).List).args)[0]).Unnamed).Expr;
}

function aliasOf(node: Node | undefined): string {
  return nameOf(fields(fields(node).alias).name);
}

function aliasColumns(node: Node | undefined): string[] | undefined {
  const columns = list(fields(fields(node).alias).columns).map((column) => nameOf(fields(column).name));
  return columns.length > 0 ? columns : undefined;
}

/** The parts of a name such as `core.events`, in upper case. */
function namesOf(node: Node | undefined): string[] {
  return list(node).map((part) => nameOf(fields(part).Identifier));
}

function nameOf(node: Node | undefined): string {
  const { value, quote_style: quote } = fields(node);
  return typeof value !== "string" ? "" : isSomething(quote) ? value : upper(value);
}

function upper(text: string | undefined): string {
  return (text ?? "").toUpperCase();
}

function fields(node: Node | undefined): Fields {
  return node !== null && typeof node === "object" && !Array.isArray(node) ? node : {};
}

function list(node: Node | undefined): Node[] {
  return Array.isArray(node) ? node : [];
}
