import * as z from "zod";
import { log } from "../../log.ts";
import { destinationOf } from "./destination.ts";
import type { Webhook } from "./send.ts";

const text = z.string().catch("");

/** Apart from all other settings: that one of those is wrong must be told, too. */
const settingsSchema = z.object({
  ALERT_WEBHOOK_URL: text,
  ALERT_WEBHOOK_SECRET: text,
  FIREHOSE_ENDPOINT: text,
});

/** Where to send; null: nowhere. Where the setting is wrong the log says so each time: nobody else would. */
export function webhookOf(env: object): Webhook | null {
  const destination = destinationOf(settingsSchema.parse(env));
  switch (destination.kind) {
    case "none":
      return null;
    case "wrong":
      log("error", "alerts_not_sent", { problem: destination.problem });
      return null;
    case "webhook":
      return destination;
  }
}
