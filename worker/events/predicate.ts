import * as z from "zod";

/** Tells whether a value is what a schema asks for. */
export type Predicate = (value: unknown) => boolean;

/**
 * A schema as a plain predicate. zod takes about 2 µs an event in workerd, where it may not compile itself (`eval` is
 * forbidden): at 500 events a request that is most of the work. A predicate takes a tenth and says yes for nearly every
 * event; the one it refuses goes through zod, which says why. What is not known here falls back to zod.
 */
export function predicateOf(schema: z.core.$ZodType): Predicate {
  return knownPredicateOf(schema as z.core.$ZodTypes) ?? ((value) => z.safeParse(schema, value).success);
}

function knownPredicateOf(schema: z.core.$ZodTypes): Predicate | undefined {
  const { def } = schema._zod;
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
    case "union":
      return def.options.map(predicateOf).reduce((left, right) => (value) => left(value) || right(value));
    case "null":
      return (value) => value === null;
    case "boolean":
      return (value) => typeof value === "boolean";
    case "string":
      return checkedPredicateOf(schema, stringPredicate);
    case "number":
      return checkedPredicateOf(schema, numberPredicate);
    case "record":
      return checkedPredicateOf(schema, () => recordPredicate(def));
    default:
      return undefined;
  }
}

/** What a schema's checks ask, summed up. */
interface Checks {
  minimum: number;
  maximum: number;
  isInteger: boolean;
  /** Patterns, and functions of the schema's own. */
  tests: Predicate[];
}

function checkedPredicateOf(
  schema: z.core.$ZodType,
  typePredicate: (checks: Checks) => Predicate,
): Predicate | undefined {
  const { def } = schema._zod;
  // A format such as z.int() is a schema that is its own check.
  const own = "check" in def ? [schema as unknown as z.core.$ZodCheck] : [];
  const checks = checksOf([...own, ...(def.checks ?? [])]);
  return checks?.tests.reduce((holds, test) => (value) => holds(value) && test(value), typePredicate(checks));
}

/** Undefined where there is a check that is not known here. */
function checksOf(checks: z.core.$ZodCheck[]): Checks | undefined {
  const found: Checks = {
    minimum: Number.NEGATIVE_INFINITY,
    maximum: Number.POSITIVE_INFINITY,
    isInteger: false,
    tests: [],
  };
  for (const check of checks) {
    const def = check._zod.def as z.core.$ZodChecks["_zod"]["def"] | z.core.$ZodCustomDef;
    if (def.check === "min_length") found.minimum = def.minimum;
    else if (def.check === "max_length") found.maximum = def.maximum;
    else if (def.check === "length_equals") found.minimum = found.maximum = def.length;
    else if (def.check === "greater_than" && def.inclusive) found.minimum = Number(def.value);
    else if (def.check === "less_than" && def.inclusive) found.maximum = Number(def.value);
    else if (def.check === "number_format" && def.format === "safeint") found.isInteger = true;
    else if (def.check === "string_format" && def.pattern) found.tests.push(matches(def.pattern));
    else if (def.check === "custom") found.tests.push((value) => Boolean(def.fn(value)));
    else return undefined;
  }
  return found;
}

function matches(pattern: RegExp): Predicate {
  return (value) => pattern.test(value as string);
}

function stringPredicate({ minimum, maximum }: Checks): Predicate {
  return (value) => typeof value === "string" && value.length >= minimum && value.length <= maximum;
}

function numberPredicate({ minimum, maximum, isInteger }: Checks): Predicate {
  const isNumber: Predicate = isInteger ? Number.isSafeInteger : Number.isFinite;
  return (value) => isNumber(value) && Number(value) >= minimum && Number(value) <= maximum;
}

function recordPredicate({ keyType, valueType }: z.core.$ZodRecordDef): Predicate {
  const isKey = predicateOf(keyType);
  const isEntry = predicateOf(valueType);
  return (value) => {
    if (!isJsonObject(value)) return false;
    for (const name in value) if (!isKey(name) || !isEntry(value[name])) return false;
    return true;
  };
}

/** Whether parsed JSON is an object: not an array, not null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
