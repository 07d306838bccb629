import { ofetch } from "ofetch";
import type { Clock } from "./clock.ts";
import { compress } from "./compress.ts";

/** An attempt ends after this long without its whole answer. */
export const REQUEST_DEADLINE_MS = 10_000;

/** One attempt to send a batch. */
export interface Attempt {
  /** The envelope, as JSON. */
  body: string;
  /** Names the batch: the same at each of its attempts. */
  requestId: string;
  /** From 1. */
  attempt: number;
  /** Ends the attempt early. */
  abort: AbortController;
}

/** What came back. */
export type Reply =
  | { kind: "answered"; status: number; retryAfter: string | null; date: string | null; text: string }
  | { kind: "unreachable"; message: string };

/** Makes an attempt. Never rejects. */
export type Transport = (attempt: Attempt) => Promise<Reply>;

/** Sends to the collector at `url` with `key`. */
export function createTransport({ url, key }: { url: string; key: string }, clock: Clock): Transport {
  const endpoint = `${url.replace(/\/+$/, "")}/v1/events`;

  return async ({ body, requestId, attempt, abort }) => {
    // ofetch 1.5.1 ignores `timeout` beside a signal and does not cover the body with it; its retry reuses the aborted
    // signal (unjs/ofetch#621). Deadline and retries are therefore ours.
    const late = new Error(`no answer within ${REQUEST_DEADLINE_MS / 1_000} s`);
    const cancelDeadline = clock.startTimer(() => abort.abort(late), REQUEST_DEADLINE_MS, false);
    try {
      const packed = await compress(body);
      const response = await ofetch.raw<string, "text">(endpoint, {
        method: "POST",
        body: packed,
        headers: {
          Authorization: `Bearer ${key}`,
          "Content-Type": "application/json",
          ...(typeof packed === "string" ? {} : { "Content-Encoding": "gzip" }),
          "X-Request-Id": requestId,
          "X-Attempt": String(attempt),
        },
        signal: abort.signal,
        // A followed redirect may turn POST into GET and lose the batch.
        redirect: "manual",
        retry: false,
        ignoreResponseError: true,
        responseType: "text",
      });
      const { status, headers, _data: text = "" } = response;
      return {
        kind: "answered",
        status,
        retryAfter: headers.get("Retry-After"),
        date: headers.get("Date"),
        text,
      };
    } catch (error) {
      return { kind: "unreachable", message: error instanceof Error ? error.message : String(error) };
    } finally {
      cancelDeadline();
    }
  };
}
