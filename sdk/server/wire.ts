import { ofetch } from "ofetch";
import { endpointOf, type Wire } from "../core/transport.ts";

/** Sends with ofetch, the key in the `Authorization` header. */
export function createServerWire({ url, key }: { url: string; key: string }, pack: Wire["pack"]): Wire {
  const endpoint = endpointOf(url);
  return {
    pack,
    async post({ body, requestId, attempt, abort }) {
      // ofetch 1.5.1 ignores `timeout` beside a signal and does not cover the body with it; its retry reuses the aborted
      // signal (unjs/ofetch#621). Deadline and retries are therefore ours.
      const response = await ofetch.raw<string, "text">(endpoint, {
        method: "POST",
        body,
        headers: {
          Authorization: `Bearer ${key}`,
          "Content-Type": "application/json",
          ...(typeof body === "string" ? {} : { "Content-Encoding": "gzip" }),
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
    },
  };
}
