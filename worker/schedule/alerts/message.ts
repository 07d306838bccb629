import { COLLECTOR } from "../../queue/shards.ts";
import type { Notice, NoticeKind } from "./incident.ts";
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

/** Notices of one kind, of one check. */
export type Alike = readonly [Notice, ...Notice[]];

/** So many of them are told in full, the others by their number. */
const TOLD_IN_FULL = 10;

/** The order in which they are told: that something is over before that it began anew. */
const KINDS: readonly NoticeKind[] = ["recovered", "goes_on", "opened"];

/** What is told together: an outage of Firehose concerns every game at once, and should not be told as often. */
export function alikeOf(notices: readonly Notice[]): Alike[] {
  return KINDS.flatMap((kind) => {
    const ofKind = notices.filter((notice) => notice.kind === kind);
    return [...Map.groupBy(ofKind, ({ incident }) => incident.check).values()].flatMap(
      ([first, ...others]) => (first === undefined ? [] : [[first, ...others] as const]),
    );
  });
}

const TITLES: Record<NoticeKind, string> = {
  opened: "Incident",
  goes_on: "Still open",
  recovered: "Recovered",
};

/** What notices say, in Slack's markup: what, since when, in numbers, and where to read what to do. */
export function messageOf(alike: Alike): string {
  const [{ kind, incident }, ...others] = alike;
  const subjects = new Set(alike.map(subjectOf));
  const where = subjects.size === 1 ? subjectOf(alike[0]) : `in ${subjects.size} places`;
  const title = `*${TITLES[kind]}*: ${NAMES[incident.check]}, ${where}`;
  const lines =
    others.length === 0
      ? [numbersOf(alike[0])]
      : alike.slice(0, TOLD_IN_FULL).map((notice) => `${subjectOf(notice)}: ${numbersOf(notice)}`);
  const more = alike.length > TOLD_IN_FULL ? [`and ${alike.length - TOLD_IN_FULL} more`] : [];
  return escaped([title, ...lines, ...more, ...adviceOf(alike)].join("\n"));
}

function subjectOf({ incident: { game } }: Notice): string {
  return game === COLLECTOR ? "the collector itself" : `game \`${game}\``;
}

function numbersOf({ kind, incident }: Notice): string {
  const { since, detail, phase, seenAt } = incident;
  if (kind !== "recovered") return detail;
  const until = phase.kind === "recovered" ? phase.at : seenAt;
  return `It lasted ${spellDuration(until - since)}, from ${minuteOf(since)}. Last seen: ${detail}`;
}

function adviceOf([first, ...others]: Alike): string[] {
  if (first.kind === "recovered") return [];
  const since = Math.min(...[first, ...others].map(({ incident }) => incident.since));
  return [`Since ${minuteOf(since)}. What to do: ${runbookOf(first.incident.check)}`];
}

/** `2026-11-21 12:34 UTC` */
function minuteOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** What could be taken for a link or a mention: https://docs.slack.dev/messaging/formatting-message-text/#escaping */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
