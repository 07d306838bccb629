import { endpointOf, gzipStream, type Wire } from "../core/transport.ts";

/**
 * Sends with plain fetch, as what a browser sends across origins without asking first: text, and no header of its own. The key and the
 * request's name are in the query; gzip is seen from its first bytes.
 */
export function createGameWire({ url, key }: { url: string; key: string }): Wire {
  const endpoint = `${endpointOf(url)}?key=${encodeURIComponent(key)}`;
  return {
    pack: gzipStream,
    async post({ body, requestId, attempt, keepalive, abort }) {
      const response = await fetch(`${endpoint}&request_id=${requestId}&attempt=${attempt}`, {
        method: "POST",
        headers: { "Content-Type": "text/plain" },
        body,
        keepalive,
        signal: abort.signal,
        credentials: "omit",
        // A followed redirect may turn POST into GET and lose the batch.
        redirect: "manual",
      });
      const { status, headers } = response;
      const [retryAfter, date] = [headers.get("Retry-After"), headers.get("Date")];
      return { kind: "answered", status, retryAfter, date, text: await response.text() };
    },
  };
}
