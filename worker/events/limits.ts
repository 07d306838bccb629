/** The bounds of a request and of an event. They are part of the public contract: raising one is easy, lowering one breaks games. */

export const MAX_EVENTS_PER_REQUEST = 500;
/** A request's body as sent, perhaps compressed. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** A request's body once decompressed. */
export const MAX_DECODED_BYTES = 4 * 1024 * 1024;
/** All events of a request as delivered lines: `defaults` may make much of little, and a queue has 128 MB for everybody. */
export const MAX_BATCH_LINE_BYTES = 8 * 1024 * 1024;
/**
 * Arrays and objects in a request's body, 200 for each of 500 events: each is two bytes of text and, read, some 200 of memory, of which
 * an isolate has 128 MB (https://developers.cloudflare.com/workers/platform/limits/#memory).
 */
export const MAX_BODY_PARTS = 100_000;
/** One event as a delivered line. */
export const MAX_LINE_BYTES = 64 * 1024;

/** Fields of one event, unknown ones included. */
export const MAX_FIELDS = 256;
/** An envelope's `defaults` as JSON: they are written into every one of its events. */
export const MAX_DEFAULTS_CHARACTERS = 16 * 1024;
/** What is said of one event: who sends more that is wrong has seen enough to mend it. */
export const MAX_FINDINGS = 20;
/** Of a field's name, wherever a finding repeats it. */
export const MAX_NAME_CHARACTERS = 128;

/** How deep an unknown field may nest: warehouses refuse a line that goes on and on. */
export const MAX_DEPTH = 32;

/** Reasons for which a client let events go: one of its events carries them all, beside the bytes of its own line. */
export const MAX_DROP_REASONS = 32;

export const MAX_PROPERTIES = 64;
export const MAX_PROPERTY_CHARACTERS = 1_024;

/** Older events are rejected: the warehouse looks no further back for twins. */
export const MAX_EVENT_AGE_MS = 30 * 24 * 60 * 60 * 1000;
/** A client's clock that is less than this off is left alone: transit alone looks like that. */
export const CLOCK_TOLERANCE_MS = 60_000;
