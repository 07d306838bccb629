import type { Destination } from "./destination.ts";
import { signatureOf } from "./signature.ts";

export type Webhook = Extract<Destination, { kind: "webhook" }>;

/** What came of a message. `problem` does not repeat the URL, which is a secret. */
export type Sent = { kind: "delivered" } | { kind: "failed"; problem: string };

/** Slack answers within a second. */
const TIMEOUT_MS = 5_000;

/**
 * Posts a text, as Slack takes it (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/); signed where there is a
 * secret. Never rejects. Only 2xx means delivered. A redirect is not followed: where alerts go is for the operator to say.
 */
export async function send(
  { url, secret }: Pick<Webhook, "url" | "secret">,
  text: string,
  timeoutMs: number = TIMEOUT_MS,
): Promise<Sent> {
  const body = JSON.stringify({ text });
  const headers = new Headers({ "Content-Type": "application/json" });
  if (secret !== "") headers.set("X-Playtrail-Signature", await signatureOf(secret, body, Date.now()));
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    await response.body?.cancel();
    return response.ok
      ? { kind: "delivered" }
      : failed(`it answered ${response.status}, where 2xx is wanted`);
  } catch {
    return failed(signal.aborted ? `it took longer than ${timeoutMs} ms` : "it cannot be reached");
  }
}

function failed(problem: string): Sent {
  return { kind: "failed", problem };
}
