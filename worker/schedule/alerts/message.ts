import { COLLECTOR } from "../../queue/shards.ts";
import type { Notice } from "./incident.ts";
import { spellDuration } from "./spell.ts";
import { type CheckName, runbookOf } from "./verdict.ts";

const NAMES: Record<CheckName, string> = {
  stuck_queue: "stuck queue",
  breaker_open: "delivery to Firehose fails",
  queue_unreachable: "queues do not answer",
  dead_letters_growing: "dead letters are growing",
  reject_rate: "many events are rejected",
  silence: "silence of a game that usually sends",
  revenue_anomaly: "unusual revenue",
  rates_old: "old exchange rates",
  cron_failed: "a scheduled run fails",
};

/** What an incident's notice says, in Slack's markup: what, since when, in numbers, and where to read what to do. */
export function messageOf({ kind, incident }: Notice): string {
  const { game, check, since, detail, phase } = incident;
  const what = `${NAMES[check]}, ${game === COLLECTOR ? "the collector itself" : `game \`${game}\``}`;
  switch (kind) {
    case "opened":
    case "goes_on": {
      const title = kind === "opened" ? "Incident" : "Still open";
      return escaped(
        `*${title}*: ${what}\n${detail}\nSince ${minuteOf(since)}. What to do: ${runbookOf(check)}`,
      );
    }
    case "recovered": {
      const until = phase.kind === "recovered" ? phase.at : incident.seenAt;
      return escaped(
        `*Recovered*: ${what}\nIt lasted ${spellDuration(until - since)}, from ${minuteOf(since)}. Last seen: ${detail}`,
      );
    }
  }
}

/** `2026-11-21 12:34 UTC` */
function minuteOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** What could be taken for a link or a mention: https://docs.slack.dev/messaging/formatting-message-text/#escaping */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
