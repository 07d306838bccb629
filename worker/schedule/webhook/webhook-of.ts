import { readConfig } from "../../config.ts";
import { log } from "../../log.ts";
import { destinationOf } from "./destination.ts";
import type { Webhook } from "./send.ts";

/** Where to send; null: nowhere. Where the setting is wrong the log says so each time: nobody else would. */
export function webhookOf(env: object): Webhook | null {
  const settings = readConfig(env);
  if (settings.kind === "wrong") return null;
  const destination = destinationOf(settings.config);
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
