import { escaped } from "../alerts/message.ts";
import { spellCount, spellShare } from "../alerts/spell.ts";
import type { Report } from "./report.ts";

/** A game's daily report, in Slack's markup. What is not known is left out. */
export function textOf(game: string, report: Report): string {
  const { day, events, rejected_share, top_reasons, revenue, dead_letters } = report;
  const { active_players, purchases, latency_p95_ms, cost_per_million_usd } = report;
  const reasons = top_reasons.map(
    ({ code, field, count }) => `${count} × ${code}${field === "" ? "" : ` of ${asCode(field)}`}`,
  );
  const amounts = Object.entries(revenue ?? {}).map(([currency, amount]) => `${currency} ${amount}`);
  const lines = [
    `*Daily report*: game \`${game}\`, ${day} (UTC)`,
    `${spellCount(events.accepted, "event")} accepted, ${spellCount(events.duplicates, "duplicate")}`,
    `${spellCount(events.rejected, "event")} rejected (${spellShare(rejected_share)})${listed(reasons)}`,
    active_players === null ? null : `about ${spellCount(active_players, "active player")}`,
    purchases === null ? null : `${spellCount(purchases, "purchase")}${listed(amounts)}`,
    `${spellCount(dead_letters, "new dead letter")}`,
    latency_p95_ms === null
      ? null
      : `95 % delivered within ${(latency_p95_ms / 1_000).toFixed(1)} s, in the worst hour`,
    `$${cost_per_million_usd.toFixed(2)} for a million events, at list prices`,
  ];
  return escaped(lines.filter((line) => line !== null).join("\n"));
}

/** A field's name, which a stranger may have made: as code it is no link and no heading, and it has no way out of that or onto a line of its own. */
function asCode(name: string): string {
  return `\`${name.replaceAll(/[`\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd")}\``;
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? "" : `: ${items.join(", ")}`;
}
