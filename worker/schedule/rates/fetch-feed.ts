import { readBounded } from "../../http/read-bounded.ts";

/** A feed's text, or why there is none. */
export type Feed = { kind: "text"; text: string } | { kind: "failed"; problem: string };

/** A feed is a few kilobytes, which come within a second or not at all. */
const TIMEOUT_MS = 10_000;

/** The ECB's feed of a day takes about 2 KiB. */
const MAX_BYTES = 256 * 1024;

/**
 * Fetches a feed, within bounds of time and size; never rejects. A redirect is not followed: where rates come from is for the
 * operator to say. The problem does not repeat the URL, which may hold a key.
 */
export async function fetchFeed(url: string, timeoutMs: number = TIMEOUT_MS): Promise<Feed> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { redirect: "manual", signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      return failed(`it answered ${response.status}, where 200 is wanted`);
    }
    const tooLarge = () => new FeedError(`it is larger than ${MAX_BYTES} bytes`);
    const bytes = response.body ? await readBounded(response.body, MAX_BYTES, tooLarge) : new Uint8Array();
    return { kind: "text", text: decode(bytes) };
  } catch (error) {
    if (error instanceof FeedError) return failed(error.message);
    return failed(signal.aborted ? `it took longer than ${timeoutMs} ms` : "it cannot be reached");
  }
}

class FeedError extends Error {}

function failed(problem: string): Feed {
  return { kind: "failed", problem };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new FeedError("it is not UTF-8");
  }
}
