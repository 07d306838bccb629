import fc, { type Arbitrary } from "fast-check";
import { HOSTILE_NAMES, HOSTILE_VALUES } from "./hostile.ts";

/** One change to a valid value. `at`, from 0 to 1, says where among all its parts. */
type Mutation =
  | { kind: "replace"; at: number; value: unknown }
  | { kind: "remove"; at: number }
  | { kind: "add"; at: number; name: string; value: unknown }
  | { kind: "wrap"; at: number };

const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const hostile = fc.constantFrom(...HOSTILE_VALUES);

const mutation: Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("replace" as const), at, value: hostile }),
  fc.record({ kind: fc.constant("remove" as const), at }),
  fc.record({
    kind: fc.constant("add" as const),
    at,
    name: fc.constantFrom(...HOSTILE_NAMES),
    value: hostile,
  }),
  fc.record({ kind: fc.constant("wrap" as const), at }),
);

/** Values that are valid but for one to three changes. */
export function nearly(valid: Arbitrary<unknown>): Arbitrary<unknown> {
  return fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([value, mutations]) => mutations.reduce(mutate, value));
}

function mutate(value: unknown, change: Mutation): unknown {
  const count = partsOf(value);
  return changeAt(value, Math.floor(change.at * count), change).value;
}

function partsOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((all: number, inner) => all + partsOf(inner), 1);
}

/** Gone where a part was removed. `left` counts the parts before the one that is meant. */
interface Changed {
  value: unknown;
  isGone: boolean;
  left: number;
}

function changeAt(value: unknown, left: number, change: Mutation): Changed {
  if (left === 0) return { ...changed(value, change), left: -1 };
  if (typeof value !== "object" || value === null || left < 0)
    return { value, isGone: false, left: left - 1 };
  let rest = left - 1;
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    const result = changeAt(inner, rest, change);
    rest = result.left;
    return result.isGone ? [] : [[name, result.value] as const];
  });
  const copy = Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
  return { value: copy, isGone: false, left: rest };
}

function changed(value: unknown, change: Mutation): { value: unknown; isGone: boolean } {
  switch (change.kind) {
    case "replace":
      return { value: change.value, isGone: false };
    case "remove":
      return { value: undefined, isGone: true };
    case "wrap":
      return { value: [value], isGone: false };
    case "add": {
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      const entries = isObject ? Object.entries(value) : [["value", value]];
      return { value: Object.fromEntries([...entries, [change.name, change.value]]), isGone: false };
    }
  }
}
