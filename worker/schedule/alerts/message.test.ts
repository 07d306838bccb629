import { expect, it } from "vitest";
import type { Incident } from "./incident.ts";
import { messageOf } from "./message.ts";
import { checkSchema, runbookOf } from "./verdict.ts";

const AT = Date.parse("2026-11-21T12:29:03.000Z");

const incident: Incident = {
  id: "5f0c1c1e-9f5a-4f0c-8b0e-2f4e6a7c8d90",
  game: "awesome_game",
  check: "stuck_queue",
  about: null,
  since: AT - 14 * 60_000,
  openedAt: AT,
  seenAt: AT,
  detail: "412 events (131,840 bytes) wait, the oldest for 14 minutes",
  toldAt: null,
  phase: { kind: "open", fineChecks: 0 },
};

it("says what is wrong, in numbers, since when, and where to read what to do", () => {
  expect(messageOf({ kind: "opened", incident })).toBe(
    `*Incident*: stuck queue, game \`awesome_game\`
412 events (131,840 bytes) wait, the oldest for 14 minutes
Since 2026-11-21 12:15 UTC. What to do: docs/operations.md#stuck-queue`,
  );
});

it("says so when it goes on", () => {
  expect(messageOf({ kind: "goes_on", incident })).toMatch(
    /^\*Still open\*: stuck queue, game `awesome_game`\n/,
  );
});

it("says when it is over how long it lasted", () => {
  const recovered: Incident = {
    ...incident,
    phase: { kind: "recovered", at: AT + 46 * 60_000, toldAt: null },
  };
  expect(messageOf({ kind: "recovered", incident: recovered })).toBe(
    `*Recovered*: stuck queue, game \`awesome_game\`
It lasted 60 minutes, from 2026-11-21 12:15 UTC. Last seen: 412 events (131,840 bytes) wait, the oldest for 14 minutes`,
  );
});

it("names the collector where it is no game's, and lets nothing through that Slack would take for a link or a mention", () => {
  const own: Incident = { ...incident, game: "_collector", detail: "<!channel> & <https://example.com>" };
  expect(messageOf({ kind: "opened", incident: own })).toMatch(
    /^\*Incident\*: stuck queue, the collector itself\n&lt;!channel&gt; &amp; &lt;https:\/\/example.com&gt;\n/,
  );
});

it("sends operators to anchors that stay as they are", () => {
  expect(checkSchema.options.map(runbookOf)).toEqual(
    [
      "stuck-queue",
      "breaker-open",
      "queue-unreachable",
      "dead-letters-growing",
      "reject-rate",
      "silence",
      "revenue-anomaly",
      "rates-old",
      "cron-failed",
    ].map((anchor) => `docs/operations.md#${anchor}`),
  );
});
