import type { EventType } from "../../sdk/events.ts";
import type { BatchContext } from "./batch-context.ts";
import type { Fields } from "./fields.ts";
import { type Finding, finding, invalidDecimal } from "./findings.ts";
import { MAX_EVENT_AGE_MS } from "./limits.ts";
import { exceedsMinorUnits, PRICE_DECIMALS, REVENUE_DECIMALS, toDecimal } from "./money.ts";
import { PLATFORMS } from "./schemas.ts";
import { isoTime, place } from "./time.ts";

/** Turns what was sent into what is delivered: exact money, corrected time, the defaults of the contract. */
export function normalise(
  event: Fields,
  context: BatchContext,
  errors: Finding[],
  warnings: Finding[],
): void {
  normaliseMoney(event, context, errors, warnings);
  normaliseTime(event, context, errors, warnings);
  if (PLACEHOLDER.test(event.user_id as string)) {
    warnings.push(
      finding("user_id", "placeholder", "user_id is a placeholder: many players would be counted as one"),
    );
  }
  if (!KNOWN_PLATFORMS.has(event.platform as string)) {
    warnings.push(
      finding("platform", "unknown_value", `platform is none of: ${PLATFORMS.join(", ")}; it was kept`),
    );
  }
  event.schema_version ??= "1.0";
  const country = (event.country as string | undefined)?.toUpperCase() ?? context.country;
  if (country !== undefined) event.country = country;
}

function normaliseMoney(event: Fields, context: BatchContext, errors: Finding[], warnings: Finding[]): void {
  const type = event.event_type as EventType;
  if (type !== "purchase" && type !== "ad") return;
  if (event.currency !== undefined) event.currency = (event.currency as string).toUpperCase();
  if (type === "ad") {
    normaliseAmount(event, "revenue", REVENUE_DECIMALS, errors);
    return;
  }
  event.quantity ??= 1;
  if (event.verified === true && !context.mayVerify) disbelieve(event, warnings);
  normaliseAmount(event, "price", PRICE_DECIMALS, errors);
  // What is paid has no fraction of a cent, though an impression may well earn one.
  if (errors.length === 0 && exceedsMinorUnits(event.price as string, event.currency as string)) {
    const message = `price has more decimals than ${event.currency} has; it was kept as sent`;
    warnings.push(finding("price", "excess_decimals", message));
  }
}

/** A key that ships in games says what its finder likes. The purchase itself may be real, and is not lost. */
function disbelieve(event: Fields, warnings: Finding[]): void {
  event.verified = false;
  const message =
    "verified needs a key of role server or admin: it was set to false; let your server report what it has checked with the store";
  warnings.push(finding("verified", "needs_server_key", message));
}

function normaliseAmount(
  event: Fields,
  path: "price" | "revenue",
  maxDecimals: number,
  errors: Finding[],
): void {
  const sent = event[path] as string | number | undefined;
  if (sent === undefined) return;
  const amount = toDecimal(sent, maxDecimals);
  if (amount === undefined) errors.push({ path, ...invalidDecimal(path, maxDecimals) });
  if (event.currency === undefined)
    errors.push(finding("currency", "required", `currency is missing: ${path} needs one`));
  event[path] = amount;
}

function normaliseTime(event: Fields, context: BatchContext, errors: Finding[], warnings: Finding[]): void {
  const { receivedAt, correctionMs } = context;
  if (event.timestamp === undefined) {
    event.timestamp = isoTime(receivedAt);
    warnings.push(
      finding("timestamp", "missing_timestamp", "timestamp is missing: the time received was taken"),
    );
    return;
  }
  const clientTimestamp = event.timestamp as string;
  const placed = place(clientTimestamp, correctionMs, receivedAt);
  if (placed.kind === "too_old") {
    const days = MAX_EVENT_AGE_MS / 86_400_000;
    errors.push(
      finding(
        "timestamp",
        "timestamp_too_old",
        `timestamp is more than ${days} days before the time received`,
      ),
    );
    return;
  }
  if (placed.kind === "future") {
    warnings.push(
      finding(
        "timestamp",
        "timestamp_in_future",
        "timestamp lies in the future: the time received was taken",
      ),
    );
  }
  event.timestamp = placed.timestamp;
  event.client_timestamp = clientTimestamp;
  if (correctionMs !== 0) event.clock_offset_ms = correctionMs;
}

const KNOWN_PLATFORMS: ReadonlySet<string> = new Set(PLATFORMS);

/** What code sends when it has no player: PostHog and others met each of these in the field. */
const PLACEHOLDER =
  /^\s*(?:0|-1|0{8}-0{4}-0{4}-0{4}-0{12}|\[object object\]|anonymous|false|guest|nan|nil|none|null|true|undefined|unknown)\s*$/i;
