import { isDeeper } from "../events/depth.ts";
import { MAX_DEFAULTS_CHARACTERS, MAX_DEPTH, MAX_EVENTS_PER_REQUEST } from "../events/limits.ts";
import { parseJsonExactly } from "../events/money.ts";
import { isJsonObject } from "../events/predicate.ts";
import { envelopeSchema, type ParsedEnvelope } from "../events/schemas.ts";
import { describeIssues } from "../http/issues.ts";
import { Problem } from "../http/problem.ts";

/** Reads one event, an array of events, or an envelope. What the events are is judged later, each by itself. */
export function readBatch(text: string): ParsedEnvelope {
  const batch = batchOf(parse(text));
  const { defaults } = batch;
  // Before it is written as text, for which it would need as much stack as it nests.
  if (isDeeper(defaults, MAX_DEPTH + 1)) {
    throw new Problem(400, "invalid_envelope", `defaults: each may nest ${MAX_DEPTH} deep at most`);
  }
  if (defaults !== undefined && JSON.stringify(defaults).length > MAX_DEFAULTS_CHARACTERS) {
    const detail = `defaults may have ${MAX_DEFAULTS_CHARACTERS} characters as JSON: every event repeats them`;
    throw new Problem(413, "defaults_too_large", detail);
  }
  const count = batch.events.length;
  if (count === 0) throw new Problem(400, "no_events", "the request holds no events");
  if (count > MAX_EVENTS_PER_REQUEST) {
    const detail = `a request may hold ${MAX_EVENTS_PER_REQUEST} events; this one holds ${count}: split it`;
    throw new Problem(413, "too_many_events", detail);
  }
  return batch;
}

function parse(text: string): unknown {
  try {
    return parseJsonExactly(text);
  } catch {
    throw new Problem(400, "invalid_json", "the body is not JSON");
  }
}

function batchOf(body: unknown): ParsedEnvelope {
  if (Array.isArray(body)) return { events: body };
  if (!isJsonObject(body)) {
    throw new Problem(400, "invalid_body", "send one event, an array of events, or an envelope with events");
  }
  if (body.events === undefined) return { events: [body] };
  const { data, error } = envelopeSchema.safeParse(body);
  if (error) throw new Problem(400, "invalid_envelope", describeIssues(error));
  return data;
}
