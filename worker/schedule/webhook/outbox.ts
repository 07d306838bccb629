import { log } from "../../log.ts";
import { send, type Webhook } from "./send.ts";

/** Something to send, and what to do once it is delivered. */
export interface Message {
  /** Messages of one lane arrive in their order: a recovery never before what it is the end of. */
  lane: string;
  text: string;
  delivered: () => Promise<void>;
}

/** Lanes served side by side. Slack takes a message a second, and short bursts: https://docs.slack.dev/apis/web-api/rate-limits/ */
const LANES = 4;

/** A webhook that failed so often is left alone until the next check, rather than waited for message by message. */
const MAX_FAILURES = 3;

/** Sends messages, each lane in order; behind one that is not delivered its lane waits for the next check. Never rejects. */
export async function sendAll(webhook: Webhook, messages: readonly Message[]): Promise<void> {
  const lanes = [...Map.groupBy(messages, ({ lane }) => lane).values()];
  let failures = 0;
  const serve = async () => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      for (const message of lane) {
        if (failures >= MAX_FAILURES) return;
        if (await isDelivered(webhook, message)) continue;
        failures += 1;
        break;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, serve));
}

async function isDelivered(webhook: Webhook, { text, delivered }: Message): Promise<boolean> {
  const sent = await send(webhook, text);
  if (sent.kind === "failed") {
    log("warn", "alert_not_delivered", { problem: sent.problem });
    return false;
  }
  try {
    await delivered();
  } catch (error) {
    // It will be sent once more: better than never.
    log("error", "operations_unreachable", { error: String(error) });
  }
  return true;
}
