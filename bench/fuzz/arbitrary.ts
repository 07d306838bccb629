import fc, { type Arbitrary } from "fast-check";
import type { Schema } from "./openapi.ts";

/** Values for fields of these names, where a schema alone would make valid ones that mean nothing. */
export type Names = Readonly<Record<string, Arbitrary<unknown>>>;

/** What a schema allows where it says nothing. */
const anything = () => fc.jsonValue({ maxDepth: 2 });

/** Makes valid values of a schema. */
export function arbitraryOf(schema: Schema, names: Names): Arbitrary<unknown> {
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return fc.oneof(...alternatives.map((inner) => arbitraryOf(inner, names)));
  switch (schema.type) {
    case "string":
      return textOf(schema);
    case "integer":
      return fc.integer(boundsOf(schema, Number.MAX_SAFE_INTEGER));
    case "number":
      return fc.double({ ...boundsOf(schema, 1e12), noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(arbitraryOf(schema.items ?? {}, names), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case "object":
      return objectOf(schema, names);
    default:
      return anything();
  }
}

function textOf({ format, pattern, minLength = 0, maxLength = 40 }: Schema): Arbitrary<string> {
  if (format === "date-time") return recentTime();
  if (format === "uuid") return fc.uuid();
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { size: "small" });
  return fc.string({ unit: "grapheme", minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) });
}

/** Within the last days, since an older event is refused whatever else it says, in any zone. */
function recentTime(): Arbitrary<string> {
  const ago = fc.integer({ min: 0, max: 3 * 24 * 60 * 60 * 1_000 });
  return ago.map((ms) => new Date(Date.now() - ms).toISOString());
}

function boundsOf({ minimum, maximum }: Schema, otherwise: number): { min: number; max: number } {
  return { min: minimum ?? -otherwise, max: maximum ?? otherwise };
}

function objectOf(schema: Schema, names: Names): Arbitrary<unknown> {
  const { properties, required = [], propertyNames = {}, additionalProperties, maxProperties = 4 } = schema;
  if (properties === undefined) {
    const values = arbitraryOf(typeof additionalProperties === "object" ? additionalProperties : {}, names);
    const keys = arbitraryOf({ type: "string", minLength: 1, ...propertyNames }, names);
    return fc.dictionary(keys as Arbitrary<string>, values, { maxKeys: Math.min(maxProperties, 4) });
  }
  const fields = Object.entries(properties).map(([name, inner]) => [
    name,
    names[name] ?? arbitraryOf(inner, names),
  ]);
  return fc.record<Record<string, unknown>>(Object.fromEntries(fields), { requiredKeys: required });
}
