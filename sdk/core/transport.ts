import type { Clock } from "./clock.ts";

/** An attempt without its whole answer ends after this long, and the time that a slow uplink takes for its body. */
export const REQUEST_DEADLINE_MS = 5_000;
/** The slowest uplink that is waited for, in bytes a millisecond: 128 kbit/s. */
const UPLINK_BYTES_PER_MS = 16;
/** A batch that timed out before may be on a network slower than that: it gets more time, up to so many times as much. */
const PATIENCE_MAX = 4;

/** A body as it is sent: JSON, or its gzip. */
export type Body = string | Uint8Array<ArrayBuffer>;

/** One attempt to send a batch. */
export interface Attempt {
  body: Body;
  /** Names the batch: the same at each of its attempts. */
  requestId: string;
  /** From 1. */
  attempt: number;
  /** The body's length. */
  bytes: number;
  /** Whether the request is to outlive its page. */
  keepalive: boolean;
  /** Ends the attempt early. */
  abort: AbortController;
}

/** What came back. */
export type Reply =
  | { kind: "answered"; status: number; retryAfter: string | null; date: string | null; text: string }
  | { kind: "unreachable"; message: string };

/** How a client sends. */
export interface Transport {
  /** Compresses an envelope where that pays and the platform can. Never rejects. */
  pack(json: string): Promise<Body>;
  /** Makes an attempt. Never rejects. */
  post(attempt: Attempt): Promise<Reply>;
}

/** How a platform does: {@link Transport.post} may take for ever, and rejects where no whole answer came; `pack` may reject. */
export interface Wire {
  pack: Transport["pack"];
  post(attempt: Attempt): Promise<Extract<Reply, { kind: "answered" }>>;
}

/** A shorter body gains too little from gzip. */
export const MIN_GZIP_CHARACTERS = 1_024;

/** Gives every attempt a deadline. */
export function createTransport({ pack, post }: Wire, clock: Clock): Transport {
  return {
    // What cannot be compressed is sent as it is.
    pack: (json) => pack(json).catch(() => json),
    async post(attempt) {
      const ms = deadlineMs(attempt);
      const late = new Error("timeout");
      const cancel = clock.startTimer(() => attempt.abort.abort(late), ms, false);
      try {
        return await post(attempt);
      } catch (error) {
        return { kind: "unreachable", message: error instanceof Error ? error.message : String(error) };
      } finally {
        cancel();
      }
    },
  };
}

/** How long an attempt may take, in milliseconds. */
export function deadlineMs({ bytes, attempt }: Pick<Attempt, "bytes" | "attempt">): number {
  return REQUEST_DEADLINE_MS * Math.min(attempt, PATIENCE_MAX) + bytes / UPLINK_BYTES_PER_MS;
}

/** {@link Transport.pack} by what browsers and edge runtimes bring along. */
export async function gzipStream(json: string): Promise<Body> {
  if (json.length < MIN_GZIP_CHARACTERS || typeof CompressionStream === "undefined") return json;
  const zipped = new Blob([json]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}

/** Where events go. */
export function endpointOf(url: string): string {
  return `${url.replace(/\/+$/, "")}/v1/events`;
}
