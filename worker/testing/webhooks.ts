import { inject } from "vitest";
import type { Received, WebhookAnswer } from "../../test/webhooks-for-worker.ts";

/** A webhook that no other test uses: its URL, how to say what it answers from then on, and what it was sent. */
export function newWebhook() {
  const url = `${inject("webhooks")}/services/${crypto.randomUUID()}`;
  const received = async () => (await (await fetch(url)).json()) as Received[];
  return {
    url,
    received,
    /** The texts it was sent, the first first. */
    texts: async () => (await received()).map(({ body }) => String(JSON.parse(body).text)),
    answers: async (answer: WebhookAnswer) => {
      await fetch(url, { method: "PUT", body: JSON.stringify(answer) });
    },
  };
}
