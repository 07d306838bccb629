import type * as z from "zod";
import type { Fields } from "./fields.ts";
import { type Finding, finding, findingsOf } from "./findings.ts";
import { MAX_DEPTH } from "./limits.ts";
import { RESERVED_FIELDS } from "./line.ts";
import { type Predicate, predicateOf } from "./predicate.ts";
import { schemas } from "./schemas.ts";

/** What an event of one type is held against. */
export interface Rules {
  schema: z.ZodObject;
  /** A cheap test for each field that the type knows. */
  fields: Map<string, Predicate>;
  required: string[];
}

/** The rules of each event type. */
export const RULES: ReadonlyMap<unknown, Rules> = new Map(
  Object.entries(schemas).map(([type, schema]) => {
    const shape: Record<string, z.core.$ZodType> = schema.shape;
    const fields = new Map(Object.entries(shape).map(([name, field]) => [name, predicateOf(field)] as const));
    const required = [...fields].filter(([, accepts]) => !accepts(undefined)).map(([name]) => name);
    return [type, { schema, fields, required }];
  }),
);

/** Holds each field against the rules. zod is asked only where something is wrong, for what it is. */
export function check(event: Fields, rules: Rules, errors: Finding[], warnings: Finding[]): void {
  let isValid = true;
  for (const name in event) {
    const accepts = rules.fields.get(name);
    if (accepts !== undefined) isValid &&= accepts(event[name]);
    else if (event[name] !== undefined) checkUnknown(event, name, errors, warnings);
  }
  for (const name of rules.required) isValid &&= event[name] !== undefined;
  if (isValid) return;
  const { error } = rules.schema.safeParse(event);
  if (error) errors.push(...findingsOf(error, event));
}

function checkUnknown(event: Fields, name: string, errors: Finding[], warnings: Finding[]): void {
  if (RESERVED_FIELDS.has(name)) {
    event[name] = undefined;
    warnings.push(
      finding(name, "reserved_field", `${name} is written by the collector: the event's own was left out`),
    );
  } else if (isDeeper(event[name], MAX_DEPTH)) {
    errors.push(
      finding(name, "too_deep", `${name} may nest ${MAX_DEPTH} deep at most: send flat properties`),
    );
  } else {
    const message = `${name} is not a field of ${event.event_type}: it was kept; properties is the place for it`;
    warnings.push(finding(name, "unknown_field", message));
  }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}
