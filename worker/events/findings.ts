import type * as z from "zod";
import type { Finding } from "../../sdk/events.ts";
import { MAX_FINDINGS, MAX_NAME_CHARACTERS } from "./limits.ts";
import { PRICE_DECIMALS, REVENUE_DECIMALS } from "./money.ts";

export type { Finding };

/** What zod found wrong with `event`, in the collector's words: the field, the limit, and what to do. */
export function findingsOf(error: z.ZodError, event: Record<string, unknown>): Finding[] {
  return error.issues.slice(0, MAX_FINDINGS).map((issue) => {
    const path = shortened(issue.path.join("."));
    const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], event);
    return { path, ...describe(issue, path, value) };
  });
}

/** Formats with a name of their own: their code says what was expected. */
const NAMED_FORMATS: Record<string, string> = {
  event_id: "a UUID",
  game_id: "1–64 of a–z, 0–9, _ and -, beginning with a letter or digit",
  timestamp: "RFC 3339 with an offset, such as 2026-11-21T12:00:00.000Z",
};

function describe(issue: z.core.$ZodIssue, path: string, value: unknown): Omit<Finding, "path"> {
  if (value === undefined) return { code: "required", message: `${path} is missing` };
  switch (issue.code) {
    case "too_big":
      return issue.origin === "string"
        ? {
            code: "too_long",
            message: `${path} may have ${issue.maximum} characters; it has ${(value as string).length}`,
          }
        : { code: "too_big", message: `${path} may be at most ${issue.maximum}` };
    case "too_small":
      return issue.origin === "string"
        ? { code: "too_short", message: `${path} must not be empty` }
        : { code: "too_small", message: `${path} must be at least ${issue.minimum}` };
    case "invalid_format": {
      const expected = NAMED_FORMATS[path];
      return expected
        ? { code: `invalid_${path}`, message: `${path} must be ${expected}` }
        : { code: "invalid_format", message: `${path} does not match ${issue.pattern}` };
    }
    case "invalid_value":
      return { code: "invalid_value", message: `${path} must be one of: ${issue.values.join(", ")}` };
    case "invalid_key":
      return {
        code: "invalid_key",
        message: `${path} is no valid name: use 1–64 of A–Z, a–z, 0–9, _, . and -`,
      };
    case "invalid_union":
      return path.startsWith("properties.")
        ? {
            code: "invalid_type",
            message: `${path} must be a string of at most 1,024 characters, a finite number, a boolean or null`,
          }
        : invalidDecimal(path, path === "revenue" ? REVENUE_DECIMALS : PRICE_DECIMALS);
    case "custom":
      return { code: String(issue.params?.code ?? "invalid"), message: `${path} ${issue.message}` };
    case "invalid_type":
      return {
        code: "invalid_type",
        message: `${path} must be ${withArticle(issue.expected)}, not ${kindOf(value)}`,
      };
    default:
      return { code: "invalid", message: `${path}: ${issue.message}` };
  }
}

/** The finding for an amount that is none. */
export function invalidDecimal(path: string, maxDecimals: number): Omit<Finding, "path"> {
  return {
    code: "invalid_decimal",
    message: `${path} must be a decimal such as "4.99": not negative, at most 15 digits before the point and ${maxDecimals} after it`,
  };
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : withArticle(typeof value);
}

function withArticle(noun: string): string {
  const plain = noun === "int" ? "integer" : noun === "record" ? "object" : noun;
  return /^[aeiou]/.test(plain) ? `an ${plain}` : `a ${plain}`;
}

/** A finding of the collector's own. */
export function finding(path: string, code: string, message: string): Finding {
  return { path: shortened(path), code, message };
}

/** A field's name as findings repeat it, cut between characters. */
export function shortened(name: string): string {
  return name.length <= MAX_NAME_CHARACTERS ? name : `${name.slice(0, MAX_NAME_CHARACTERS).toWellFormed()}…`;
}
