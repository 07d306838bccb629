import { translateChange } from "../dml.ts";
import { type Definition, nodesOf, type Session } from "../session.ts";
import { begin, change, commit, rollback } from "../transaction.ts";
import { Cursor } from "../translate/cursor.ts";
import { translate } from "../translate/expression.ts";
import { keyOf, nameAt } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { type Node, splitAtCommas } from "../translate/tree.ts";
import type { Value } from "../values.ts";
import { alter } from "./alter.ts";
import { headerOf } from "./header.ts";
import { blockOf, type Procedure, procedureAt, type Step, type Variable } from "./procedure.ts";

/** Reads all of the procedure, so that what the harness does not know is refused now and not in the night. */
export async function createProcedure(
  session: Session,
  cursor: Cursor,
  scope: Scope,
  definition: Definition,
): Promise<void> {
  const name = keyOf(nameAt(cursor), scope);
  const procedure = procedureAt(cursor);
  const frame = new Frame(scope, 0);
  for (const { name, type } of [...procedure.parameters, ...procedure.variables]) frame.declare(name, type);
  for (const step of [...procedure.steps, ...(procedure.handler ?? [])]) check(step, frame);
  await session.remember("procedure", name, definition);
}

/** Runs `CALL name(arguments)`; resolves to what it returns. */
export async function call(
  session: Session,
  nodes: readonly Node[],
  scope: Scope,
  depth = 0,
): Promise<Value> {
  const cursor = new Cursor(nodes);
  cursor.expect("CALL");
  const name = keyOf(nameAt(cursor), scope);
  const args = splitAtCommas(cursor.expectGroup().items).map((part) => translate(part, scope));
  cursor.expectEnd();
  const definition = await session.recall("procedure", name);
  if (definition === undefined) throw cursor.unknown(`the procedure ${name}`);
  const header = headerOf(nodesOf(definition)).cursor;
  nameAt(header);
  const run = new Run(session, new Frame(await session.scope(), depth));
  try {
    return await run.procedure(procedureAt(header), args);
  } catch (error) {
    throw new Error(`${name} (${definition.file}): ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** Runs `EXECUTE IMMEDIATE $$ … $$`. */
export async function executeImmediate(session: Session, cursor: Cursor): Promise<void> {
  const body = cursor.next();
  if (body.kind !== "body") throw cursor.unknown("EXECUTE IMMEDIATE of anything but a block");
  cursor.expectEnd();
  const run = new Run(session, new Frame(await session.scope(), 0));
  await run.procedure({ parameters: [], ...blockOf(body) }, []);
}

/** The variables of one call. Each has its own name in DuckDB, whose variables belong to the connection. */
class Frame {
  readonly depth: number;
  readonly #scope: Scope;
  readonly #variables = new Map<string, string>();
  readonly #types = new Map<string, string | undefined>();

  constructor(scope: Scope, depth: number) {
    this.#scope = scope;
    this.depth = depth;
    this.declare("sqlrowcount", "BIGINT");
    this.declare("sqlerrm", "VARCHAR");
  }

  declare(name: string, type: string | undefined): void {
    this.#variables.set(name, `sf_${this.depth}_${name}`);
    this.#types.set(name, type);
  }

  /** Of statements, in which a variable has a colon. */
  get sql(): Scope {
    return { ...this.#scope, variables: this.#variables };
  }

  /** Of expressions, in which it may do without. */
  get expression(): Scope {
    return { ...this.sql, bareVariables: true };
  }

  /** Throws an Error on a variable that was not declared. */
  set(name: string, value: string): string {
    const variable = this.#variables.get(name);
    if (variable === undefined) throw new Error(`the variable ${name} is not declared`);
    const type = this.#types.get(name);
    return `SET VARIABLE ${variable} = ${type === undefined ? value : `CAST(${value} AS ${type})`}`;
  }
}

/** Translates a step without running it. */
function check(step: Step, frame: Frame): void {
  switch (step.kind) {
    case "change":
      translateChange(step.nodes, frame.sql);
      return;
    case "select into":
      translate(step.query, frame.sql);
      for (const variable of step.variables) frame.set(variable, "NULL");
      return;
    case "let":
      translate(step.variable.value ?? [], frame.expression);
      frame.declare(step.variable.name, step.variable.type);
      return;
    case "assign":
      frame.set(step.name, translate(step.value, frame.expression));
      return;
    case "return":
      translate(step.value, frame.expression);
      return;
    case "if":
      for (const { condition, steps } of step.branches) {
        translate(condition, frame.expression);
        for (const inner of steps) check(inner, frame);
      }
      for (const inner of step.otherwise) check(inner, frame);
  }
}

type Outcome = { returned: Value } | undefined;

/** One run of a procedure. */
class Run {
  readonly #session: Session;
  readonly #frame: Frame;
  #raised: unknown;

  constructor(session: Session, frame: Frame) {
    this.#session = session;
    this.#frame = frame;
  }

  async procedure(
    { parameters, variables, steps, handler }: Procedure,
    args: readonly string[],
  ): Promise<Value> {
    if (args.length !== parameters.length)
      throw new Error(`it takes ${parameters.length} arguments, not ${args.length}`);
    for (const [index, { name, type }] of parameters.entries()) {
      this.#frame.declare(name, type);
      await this.#set(name, `(${args[index]})`);
    }
    for (const variable of variables) await this.#declare(variable);
    try {
      return (await this.#steps(steps))?.returned ?? null;
    } catch (error) {
      if (handler === undefined) throw error;
      this.#raised = error;
      return (await this.#steps(handler))?.returned ?? null;
    }
  }

  async #steps(steps: readonly Step[]): Promise<Outcome> {
    for (const step of steps) {
      const outcome = await this.#step(step);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  async #step(step: Step): Promise<Outcome> {
    switch (step.kind) {
      case "begin":
        return void (await begin(this.#session));
      case "commit":
        return void (await commit(this.#session));
      case "rollback":
        return void (await rollback(this.#session));
      case "raise":
        throw this.#raised;
      case "change": {
        const rows = await change(this.#session, step.nodes, this.#frame.sql);
        return void (await this.#set("sqlrowcount", String(rows)));
      }
      case "select into":
        return void (await this.#selectInto(translate(step.query, this.#frame.sql), step.variables));
      case "let":
        return void (await this.#declare(step.variable));
      case "assign":
        return void (await this.#set(step.name, this.#value(step.value)));
      case "alter":
        return void (await alter(this.#session, step.nodes, this.#frame.sql));
      case "call":
        return void (await call(this.#session, step.nodes, this.#frame.sql, this.#frame.depth + 1));
      case "return":
        return { returned: await this.#ask(this.#value(step.value)) };
      case "if": {
        for (const { condition, steps } of step.branches)
          if ((await this.#ask(this.#value(condition))) === true) return this.#steps(steps);
        return this.#steps(step.otherwise);
      }
    }
  }

  #value(nodes: readonly Node[]): string {
    return `(${translate(nodes, this.#frame.expression)})`;
  }

  async #ask(value: string): Promise<Value> {
    const [row] = await this.#session.rows(`SELECT ${value} AS value`);
    return row?.value ?? null;
  }

  async #declare({ name, type, value }: Variable): Promise<void> {
    this.#frame.declare(name, type);
    await this.#set(name, value === undefined ? "NULL" : this.#value(value));
  }

  async #set(name: string, value: string): Promise<void> {
    await this.#session.run(this.#frame.set(name, value));
  }

  async #selectInto(query: string, variables: readonly string[]): Promise<void> {
    const columns = variables.map((_, index) => `c${index}`);
    const row = `{${columns.map((column) => `${column}: ${column}`).join(", ")}}`;
    await this.#session.run(
      `SET VARIABLE sf_into = (SELECT ${row} FROM (${query}) AS q (${columns.join(", ")}))`,
    );
    for (const [index, variable] of variables.entries())
      await this.#set(variable, `getvariable('sf_into').c${index}`);
  }
}
