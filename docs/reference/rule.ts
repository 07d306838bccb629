import * as z from "zod";

/** As much of a JSON Schema as the events' schemas come to. */
interface Schema {
  type?: string;
  description?: string;
  enum?: string[];
  examples?: unknown[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxProperties?: number;
  propertyNames?: { pattern?: string };
  additionalProperties?: { anyOf?: Schema[] };
}

const number = (value: number) => value.toLocaleString("en-US");

/** What a field must be, in words. Throws where a schema says something that there are no words for yet. */
export function ruleOf(field: z.core.$ZodType): string {
  const schema = z.toJSONSchema(field, { io: "input" }) as Schema;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.description) return schema.description;
  switch (schema.type) {
    case "string":
      return textRule(schema);
    case "integer":
      return `a whole number${rangeOf(schema)}`;
    case "number":
      return `a number${rangeOf(schema)}`;
    case "boolean":
      return "`true` or `false`";
    case "object":
      return mapRule(schema);
    default:
      throw new RangeError(`there are no words for ${JSON.stringify(schema)}`);
  }
}

function textRule({ minLength = 0, maxLength = 0, examples = [] }: Schema): string {
  const length = `${minLength === 0 ? "at most " : `${minLength}–`}${number(maxLength)} characters`;
  if (examples.length === 0) return length;
  return `${length}; known by name: ${examples.map((name) => `\`${name}\``).join(", ")}`;
}

/** Zod bounds whole numbers by what a double can hold: true of every one of them. */
function rangeOf({ minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: Schema): string {
  const from = minimum > Number.MIN_SAFE_INTEGER;
  const to = maximum < Number.MAX_SAFE_INTEGER;
  if (from && to) return ` from ${number(minimum)} to ${number(maximum)}`;
  return from ? `, ${number(minimum)} or more` : to ? `, at most ${number(maximum)}` : "";
}

function mapRule({ maxProperties = 0, propertyNames, additionalProperties }: Schema): string {
  const text = additionalProperties?.anyOf?.find(({ type }) => type === "string");
  const key = propertyNames?.pattern?.replace(/^\^|\$$/g, "");
  return (
    `a flat map of at most ${maxProperties} entries: keys \`${key}\`, ` +
    `strings of at most ${number(text?.maxLength ?? 0)} characters, finite numbers, booleans, null`
  );
}
