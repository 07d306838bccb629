import type { Meter } from "../meter.ts";

type Cursor = Pick<SqlStorageCursor<Record<string, SqlStorageValue>>, "rowsRead" | "rowsWritten">;
type Method = (this: Metered, ...args: unknown[]) => unknown;

/** `ctx` is protected, and no less there for that. */
interface Metered {
  readonly ctx: DurableObjectState;
}

// A Worker and its Durable Objects share an isolate here, and so these counts.
const meter: Meter = { calls: 0, alarms: 0, rowsWritten: 0, rowsRead: 0 };

/** The statements of each storage that are not counted yet: a query goes on counting while it is read. */
const uncounted = new WeakMap<DurableObjectStorage, Cursor[]>();

/** Answers what has been counted: of each object, up to when it was last asked for its `stats`. */
export function readMeter(): Response {
  return Response.json(meter satisfies Meter);
}

/** What the bench asks, rather than the load: the numbers, and before them which queues there are and whether its key is revoked. */
const QUESTIONS: ReadonlySet<string> = new Set(["stats", "list", "isRevoked"]);

/** Counts the calls of a class's objects, and what they read and write, from now on. Their constructors run before. */
export function addMeter({ prototype }: { prototype: object }): void {
  const methods = prototype as Record<string, Method>;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const method = methods[name];
    if (method === undefined || name === "constructor") continue;
    methods[name] = function (...args) {
      countRows(this.ctx.storage);
      if (name === "alarm") meter.alarms++;
      else if (!QUESTIONS.has(name)) meter.calls++;
      return method.apply(this, args);
    };
  }
}

function countRows(storage: DurableObjectStorage): void {
  const cursors = uncounted.get(storage) ?? watch(storage);
  for (const { rowsRead, rowsWritten } of cursors.splice(0)) {
    meter.rowsRead += rowsRead;
    meter.rowsWritten += rowsWritten;
  }
}

/** Only the object itself may look at its cursors. */
function watch(storage: DurableObjectStorage): Cursor[] {
  const cursors: Cursor[] = [];
  uncounted.set(storage, cursors);
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  sql.exec = (query, ...bindings) => {
    const cursor = exec(query, ...bindings);
    cursors.push(cursor);
    return cursor as never;
  };
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (...args) => {
    meter.rowsWritten++;
    return setAlarm(...args);
  };
  return cursors;
}
