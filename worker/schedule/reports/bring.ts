import { operationsOf } from "../operations.ts";
import { type Message, sendAll } from "../webhook/outbox.ts";
import { webhookOf } from "../webhook/webhook-of.ts";
import { textOf } from "./text.ts";

/** Makes yesterday's reports, and sends them where there is a webhook. Rejects where the operations' object does not answer. */
export async function bringReports(env: Env, now: number = Date.now()): Promise<void> {
  await operationsOf(env).makeReports(now);
  const webhook = webhookOf(env);
  if (webhook !== null) await sendAll(webhook, await untoldReports(env, now));
}

/** The reports that are still to be sent. */
export async function untoldReports(env: Env, now: number): Promise<Message[]> {
  const operations = operationsOf(env);
  const reports = await operations.untoldReports(now);
  return reports.map(({ game, report }) => ({
    lane: `report of ${game}`,
    text: textOf(game, report),
    delivered: () => operations.reportTold(game, report.day, now),
  }));
}
