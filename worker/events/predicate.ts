import * as z from "zod";

/** Tells whether a value is what a schema asks for. */
export type Predicate = (value: unknown) => boolean;

/**
 * A schema as a plain predicate. zod takes about 2 µs an event in workerd, where it may not compile itself (`eval` is
 * forbidden): at 500 events a request that is most of the work. A predicate takes a twentieth and says yes for nearly every
 * event; the one it refuses goes through zod, which says why. What is not known here falls back to zod.
 */
export function predicateOf(schema: z.core.$ZodType): Predicate {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional": {
      const inner = predicateOf(def.innerType);
      return (value) => value === undefined || inner(value);
    }
    case "literal": {
      const values: readonly unknown[] = def.values;
      return (value) => values.includes(value);
    }
    case "enum": {
      const values = new Set<unknown>(Object.values(def.entries));
      return (value) => values.has(value);
    }
    case "union": {
      const options = def.options.map(predicateOf);
      return (value) => options.some((test) => test(value));
    }
    case "null":
      return (value) => value === null;
    case "boolean":
      return (value) => typeof value === "boolean";
    case "string":
    case "number":
    case "record":
      return checkedPredicateOf(schema as z.core.$ZodString | z.core.$ZodNumber | z.core.$ZodRecord);
    default:
      return byZod(schema);
  }
}

function checkedPredicateOf(schema: z.core.$ZodString | z.core.$ZodNumber | z.core.$ZodRecord): Predicate {
  const { def } = schema._zod;
  // A format such as z.int() is a schema that is its own check.
  const own = "check" in def ? [schema as unknown as z.core.$ZodCheck] : [];
  const tests = [...own, ...(def.checks ?? [])].map(predicateOfCheck);
  const known = tests.filter((test) => test !== undefined);
  if (known.length < tests.length) return byZod(schema);
  return all([def.type === "record" ? isRecord(def) : def.type === "string" ? isString : isNumber, ...known]);
}

function all(tests: Predicate[]): Predicate {
  return (value) => {
    for (const test of tests) if (!test(value)) return false;
    return true;
  };
}

function predicateOfCheck(check: z.core.$ZodCheck): Predicate | undefined {
  const def = check._zod.def as z.core.$ZodChecks["_zod"]["def"] | z.core.$ZodCustomDef;
  switch (def.check) {
    case "custom":
      return (value) => Boolean(def.fn(value));
    case "min_length":
      return (value) => (value as string).length >= def.minimum;
    case "max_length":
      return (value) => (value as string).length <= def.maximum;
    case "string_format": {
      const { pattern } = def;
      return pattern && ((value) => pattern.test(value as string));
    }
    case "number_format":
      return def.format === "safeint" ? Number.isSafeInteger : undefined;
    case "greater_than":
      return (value) =>
        def.inclusive ? Number(value) >= Number(def.value) : Number(value) > Number(def.value);
    case "less_than":
      return (value) =>
        def.inclusive ? Number(value) <= Number(def.value) : Number(value) < Number(def.value);
    default:
      return undefined;
  }
}

const isString: Predicate = (value) => typeof value === "string";
const isNumber: Predicate = Number.isFinite;

function isRecord(def: z.core.$ZodRecordDef): Predicate {
  const key = predicateOf(def.keyType);
  const entry = predicateOf(def.valueType);
  return (value) => {
    if (!isJsonObject(value)) return false;
    for (const name in value) if (!key(name) || !entry(value[name])) return false;
    return true;
  };
}

/** Whether parsed JSON is an object: not an array, not null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function byZod(schema: z.core.$ZodType): Predicate {
  return (value) => z.safeParse(schema, value).success;
}
