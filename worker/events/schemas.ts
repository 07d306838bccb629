import * as z from "zod";
import { COUNTRIES } from "./countries.ts";
import { CURRENCIES } from "./currencies.ts";
import { MAX_DROP_REASONS, MAX_PROPERTIES, MAX_PROPERTY_CHARACTERS } from "./limits.ts";
import { PRICE_DECIMALS, REVENUE_DECIMALS } from "./money.ts";

/**
 * Every event, as the collector checks it. `sdk/events.ts` is the same for a game's compiler and says what each field means;
 * `contract.ts` holds the two together. A schema only checks: what becomes of a value (lower case, exact decimals, a corrected
 * time) is the business of `judge.ts`. Fields that no schema knows are kept, with a warning.
 */

const text = (max: number) => z.string().min(1).max(max);
const count = z.int().min(1);

export const gameIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/)
  .meta({ description: "1–64 of a–z, 0–9, _ and -, beginning with a letter or digit" });

/** A UUID of any version and in any case. */
export const uuidSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i)
  .meta({ format: "uuid", description: "a UUID of any version, in any case" });

/** RFC 3339 with an offset: https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
export const timestampSchema = z.iso
  .datetime({ offset: true })
  .meta({ description: "RFC 3339 with an offset, such as 2026-11-21T12:00:00.000Z" });

/** At most 15 digits before the point. As a JSON number it is read from the request's text, never through a double. */
const decimal = (decimals: number) =>
  z
    .union([
      z.string().meta({ pattern: `^\\d{1,15}(\\.\\d{1,${decimals}})?$`, examples: ["4.99"] }),
      z.number(),
    ])
    .meta({
      description: `a decimal: at most 15 digits before the point, ${decimals} after it, not negative`,
    });

/** A code of a list, in any case. A pattern of all codes would be tried code by code. */
const codeOf = (list: { has(code: string): boolean }, name: string, length: number, description: string) =>
  z
    .string()
    .length(length)
    .refine((code) => list.has(code.toUpperCase()), {
      params: { code: `invalid_${name}` },
      message: `must be ${description}`,
    })
    .meta({ description });

const country = codeOf(COUNTRIES, "country", 2, "a country by ISO 3166-1 alpha-2, such as DE");
const currency = codeOf(CURRENCIES, "currency", 3, "a currency by ISO 4217, such as USD");

const properties = z
  .record(
    z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
    z.union([z.string().max(MAX_PROPERTY_CHARACTERS), z.number(), z.boolean(), z.null()]),
  )
  .refine((map) => Object.keys(map).length <= MAX_PROPERTIES, {
    params: { code: "too_many" },
    message: `may have ${MAX_PROPERTIES} entries`,
  })
  .meta({ maxProperties: MAX_PROPERTIES });

/** The platforms known by name; any other is kept, with a warning. */
export const PLATFORMS = [
  "ios",
  "android",
  "web",
  "windows",
  "macos",
  "linux",
  "playstation",
  "xbox",
  "switch",
  "server",
] as const;

/** What every event carries. */
export const contextSchema = z.object({
  event_id: uuidSchema.optional(),
  user_id: text(128),
  game_id: gameIdSchema.optional(),
  session_id: text(128),
  seq: z
    .int()
    .min(1)
    .max(2 ** 48 - 1)
    .optional(),
  platform: text(64).meta({ examples: [...PLATFORMS] }),
  app_version: text(64),
  timestamp: timestampSchema.optional(),
  schema_version: text(16).optional(),
  country: country.optional(),
  properties: properties.optional(),
});

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ event_type: z.literal(type), ...contextSchema.shape, ...shape });

/** The event types, each with its own fields. */
export const schemas = {
  install: event("install", {
    source: text(128),
    campaign: text(256).optional(),
  }),
  purchase: event("purchase", {
    product_id: text(128),
    product_name: text(256),
    quantity: count.max(1_000_000).optional(),
    price: decimal(PRICE_DECIMALS),
    currency,
    store: text(64),
    transaction_id: text(256).optional(),
    verified: z.boolean().optional(),
  }),
  session_start: event("session_start", {
    session_number: count.optional(),
  }),
  session_end: event("session_end", {
    duration_seconds: z.number().min(0).optional(),
  }),
  progression: event("progression", {
    status: z.enum(["start", "complete", "fail"]),
    level: text(256),
    score: z.number().optional(),
    attempt: count.optional(),
  }),
  resource: event("resource", {
    flow: z.enum(["source", "sink"]),
    resource: text(128),
    amount: z.number().min(0),
    item_type: text(128).optional(),
    item_id: text(128).optional(),
  }),
  ad: event("ad", {
    action: z.enum(["shown", "clicked", "rewarded", "failed"]),
    ad_type: text(64),
    placement: text(128).optional(),
    network: text(64).optional(),
    revenue: decimal(REVENUE_DECIMALS).optional(),
    currency: currency.optional(),
  }),
  performance: event("performance", {
    metric: text(64),
    value: z.number(),
    scene: text(128).optional(),
  }),
  error: event("error", {
    severity: z.enum(["debug", "info", "warning", "error", "critical"]),
    message: text(8_192),
    stack: z.string().max(32_768).optional(),
  }),
  custom: event("custom", {
    name: text(128),
    value: z.number().optional(),
  }),
} as const;

/** An event of any type. */
export const eventSchema = z.discriminatedUnion("event_type", [
  schemas.install,
  schemas.purchase,
  schemas.session_start,
  schemas.session_end,
  schemas.progression,
  schemas.resource,
  schemas.ad,
  schemas.performance,
  schemas.error,
  schemas.custom,
]);

/** What a client let go since its last batch: a count by reason. */
const dropped = z
  .record(text(64), z.int().min(0).max(1e12))
  .refine((counts) => Object.keys(counts).length <= MAX_DROP_REASONS, `may have ${MAX_DROP_REASONS} reasons`)
  .meta({ maxProperties: MAX_DROP_REASONS });

/** The compact form of a batch. Its events are judged one by one, later: here they may be anything. */
export const envelopeSchema = z.object({
  sent_at: timestampSchema.optional(),
  clock_offset_ms: z.number().min(-8.64e13).max(8.64e13).optional(),
  dropped: dropped.optional(),
  defaults: z.record(z.string(), z.unknown()).optional(),
  id_seed: uuidSchema.optional(),
  events: z.array(z.unknown()),
});
export type ParsedEnvelope = z.infer<typeof envelopeSchema>;
