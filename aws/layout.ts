/**
 * Where Firehose puts objects in the bucket. Whoever reads them goes by these: the pipe's stage, Snowflake's role, the notification.
 * `events/2026/11/21/07/playtrail-events-1-2026-11-21-07-08-09-<uuid>.json.gz`
 */

/** What the warehouse reads, and the only thing that it reads. */
export const EVENTS_PREFIX = "events/";

/** What Firehose could not deliver as it should: outside of what the pipe reads, so that it is never loaded. */
export const ERRORS_PREFIX = "errors/";

/** By the hour, in UTC, of an object's oldest record: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
export const EVENTS_KEY = `${EVENTS_PREFIX}!{timestamp:yyyy/MM/dd/HH}/`;

/** Firehose wants one of its own, with the kind of error in it, as soon as the other has an expression. */
export const ERRORS_KEY = `${ERRORS_PREFIX}!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`;

/** In the place of `.gz`, so that a person sees what is inside. */
export const OBJECT_SUFFIX = ".json.gz";
