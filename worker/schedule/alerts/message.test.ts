import { expect, it } from "vitest";
import type { Incident } from "./incident.ts";
import { alikeOf, messageOf } from "./message.ts";
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
  expect(messageOf([{ kind: "opened", incident }])).toBe(
    `*Incident*: stuck queue, game \`awesome_game\`
412 events (131,840 bytes) wait, the oldest for 14 minutes
Since 2026-11-21 12:15 UTC. What to do: docs/operations.md#stuck-queue`,
  );
});

it("says so when it goes on", () => {
  expect(messageOf([{ kind: "goes_on", incident }])).toMatch(
    /^\*Still open\*: stuck queue, game `awesome_game`\n/,
  );
});

it("says when it is over how long it lasted", () => {
  const recovered: Incident = {
    ...incident,
    phase: { kind: "recovered", at: AT + 46 * 60_000, toldAt: null },
  };
  expect(messageOf([{ kind: "recovered", incident: recovered }])).toBe(
    `*Recovered*: stuck queue, game \`awesome_game\`
It lasted 60 minutes, from 2026-11-21 12:15 UTC. Last seen: 412 events (131,840 bytes) wait, the oldest for 14 minutes`,
  );
});

it("names the collector where it is no game's, and lets nothing through that Slack would take for a link or a mention", () => {
  const own: Incident = { ...incident, game: "_collector", detail: "<!channel> & <https://example.com>" };
  expect(messageOf([{ kind: "opened", incident: own }])).toMatch(
    /^\*Incident\*: stuck queue, the collector itself\n&lt;!channel&gt; &amp; &lt;https:\/\/example.com&gt;\n/,
  );
});

it("says in one message what happens to many at once, ten of them in full, since the first", () => {
  const notice = (n: number) =>
    ({ kind: "opened", incident: { ...incident, game: `game_${n}`, since: AT - n * 60_000 } }) as const;
  const others = Array.from({ length: 11 }, (_, n) => notice(n + 1));
  const text = messageOf([notice(0), ...others]);
  expect([
    text.split("\n").length,
    ...text.split("\n").filter((_, n) => [0, 1, 10, 11, 12].includes(n)),
  ]).toEqual([
    13,
    "*Incident*: stuck queue, in 12 places",
    "game `game_0`: 412 events (131,840 bytes) wait, the oldest for 14 minutes",
    "game `game_9`: 412 events (131,840 bytes) wait, the oldest for 14 minutes",
    "and 2 more",
    "Since 2026-11-21 12:18 UTC. What to do: docs/operations.md#stuck-queue",
  ]);
});

it("says of one game what concerns several of its currencies", () => {
  const of = (about: string): Incident => ({ ...incident, check: "revenue_anomaly", about, detail: about });
  const [one, two] = [of("EUR"), of("USD")];
  expect(
    messageOf([
      { kind: "opened", incident: one },
      { kind: "opened", incident: two },
    ]),
  ).toBe(
    `*Incident*: unusual revenue, game \`awesome_game\`
game \`awesome_game\`: EUR
game \`awesome_game\`: USD
Since 2026-11-21 12:15 UTC. What to do: docs/operations.md#revenue-anomaly`,
  );
});

it("what is told together is of one kind and one check, and what is over comes first", () => {
  const breaker: Incident = { ...incident, check: "breaker_open" };
  const notices = [
    { kind: "opened", incident },
    { kind: "recovered", incident },
    { kind: "opened", incident: breaker },
    { kind: "opened", incident },
  ] as const;
  const told = alikeOf(notices).map((alike) =>
    alike.map(({ kind, incident: { check } }) => `${kind} ${check}`),
  );
  expect(told).toEqual([
    ["recovered stuck_queue"],
    ["opened stuck_queue", "opened stuck_queue"],
    ["opened breaker_open"],
  ]);
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
