import type * as z from "zod";
import { isDeeper } from "./depth.ts";
import type { Fields } from "./fields.ts";
import { type Finding, finding, findingsOf, shortened } from "./findings.ts";
import { MAX_DEPTH, MAX_FIELDS, MAX_PROPERTIES } from "./limits.ts";
import { RESERVED_FIELDS } from "./line.ts";
import { isJsonObject, type Predicate, predicateOf } from "./predicate.ts";
import { schemas } from "./schemas.ts";

/** What an event of one type is held against. */
export interface Rules {
  schema: z.ZodObject;
  /** Each field that the type knows. */
  fields: Map<string, { accepts: Predicate; isRequired: boolean }>;
  /** How many of them are required. */
  required: number;
}

/** The rules of each event type. */
export const RULES: ReadonlyMap<unknown, Rules> = new Map(
  Object.entries(schemas).map(([type, schema]) => {
    const shape: Record<string, z.core.$ZodType> = schema.shape;
    const fields = new Map(Object.entries(shape).map(([name, field]) => [name, ruleOf(field)] as const));
    const required = [...fields.values()].filter(({ isRequired }) => isRequired).length;
    return [type, { schema, fields, required }];
  }),
);

function ruleOf(field: z.core.$ZodType): { accepts: Predicate; isRequired: boolean } {
  const accepts = predicateOf(field);
  return { accepts, isRequired: !accepts(undefined) };
}

/** Holds each field against the rules. zod is asked only where something is wrong, for what it is. */
export function check(event: Fields, rules: Rules, errors: Finding[], warnings: Finding[]): void {
  let isValid = true;
  let count = 0;
  let required = 0;
  for (const name in event) {
    if (++count > MAX_FIELDS) {
      errors.push(finding("", "too_many", `an event may have ${MAX_FIELDS} fields`));
      return;
    }
    const field = rules.fields.get(name);
    if (field === undefined) checkUnknown(event, name, errors, warnings);
    else {
      isValid &&= field.accepts(event[name]);
      if (field.isRequired) required++;
    }
  }
  if (!isValid || required < rules.required) explain(event, rules, errors);
}

function explain(event: Fields, { schema }: Rules, errors: Finding[]): void {
  // zod would look at each of them, however many a stranger sends.
  if (isJsonObject(event.properties) && Object.keys(event.properties).length > MAX_PROPERTIES) {
    errors.push(finding("properties", "too_many", `properties may have ${MAX_PROPERTIES} entries`));
    return;
  }
  const { error } = schema.safeParse(event);
  if (error) errors.push(...findingsOf(error, event));
  // zod passes over a key of that name, with whatever stands behind it.
  else errors.push(finding("properties.__proto__", "invalid_key", "properties.__proto__ is no valid name"));
}

function checkUnknown(event: Fields, name: string, errors: Finding[], warnings: Finding[]): void {
  if (event[name] === undefined) return;
  const shown = shortened(name);
  if (RESERVED_FIELDS.has(name)) {
    event[name] = undefined;
    warnings.push(
      finding(name, "reserved_field", `${shown} is written by the collector: the event's own was left out`),
    );
  } else if (isDeeper(event[name], MAX_DEPTH)) {
    errors.push(
      finding(name, "too_deep", `${shown} may nest ${MAX_DEPTH} deep at most: send flat properties`),
    );
  } else {
    const message = `${shown} is not a field of ${event.event_type}: it was kept; properties is the place for it`;
    warnings.push(finding(name, "unknown_field", message));
  }
}
