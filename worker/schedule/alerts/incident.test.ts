import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Incident, incidentsAfter, isSettled, type NoticeKind, noticeOf, told } from "./incident.ts";
import { FINE_CHECKS_TO_RECOVER, REMIND_AFTER_MS } from "./thresholds.ts";
import type { CheckName, Finding, Verdict } from "./verdict.ts";

const START = Date.parse("2026-11-21T12:09:00.000Z");
const CHECK_MS = 600_000;

type Kind = Verdict["kind"] | "unmentioned";

const findingsOf = (kind: Kind, now: number, check: CheckName, about: string | null): Finding[] => {
  if (kind === "unmentioned") return [];
  const verdict: Verdict = kind === "firing" ? { kind, since: now - 1, detail: `seen at ${now}` } : { kind };
  return [{ check, about, verdict }];
};

/** A game's life: what each check finds, and whether the webhook takes what is sent. */
function life(check: CheckName = "stuck_queue", about: string | null = null) {
  let now = START;
  const incidents = new Map<string, Incident>();
  const sent: { kind: NoticeKind; id: string; at: number }[] = [];
  const unsettled = () =>
    [...incidents.values()]
      .filter((incident) => !isSettled(incident))
      .sort((a, b) => a.openedAt - b.openedAt);
  return {
    sent,
    incidents,
    kinds: () => sent.map(({ kind }) => kind),
    check(kind: Kind, { delivers = true, after = CHECK_MS } = {}) {
      now += after;
      const findings = findingsOf(kind, now, check, about);
      for (const incident of incidentsAfter(unsettled(), "awesome_game", findings, "fine", now))
        incidents.set(incident.id, incident);
      for (const incident of unsettled()) {
        const notice = noticeOf(incident, now);
        if (notice === null) continue;
        if (!delivers) return;
        sent.push({ kind: notice.kind, id: incident.id, at: now });
        incidents.set(incident.id, told(notice, now));
      }
    },
  };
}

const kindsOf = (...kinds: Kind[]) => {
  const game = life();
  for (const kind of kinds) game.check(kind);
  return game.kinds();
};

describe("an incident", () => {
  it("is told once, however long it goes on, and once more when it is over", () => {
    expect(kindsOf("fine", "firing", "firing", "firing", "fine", "fine", "fine")).toEqual([
      "opened",
      "recovered",
    ]);
  });

  it("that comes and goes is one", () => {
    expect(kindsOf("firing", "fine", "firing", "fine", "firing", "fine")).toEqual(["opened"]);
  });

  it("stays open while nobody can tell", () => {
    expect(kindsOf("firing", "fine", "unknown", "unknown", "fine")).toEqual(["opened", "recovered"]);
    expect(kindsOf("firing", "unknown", "unknown", "unknown")).toEqual(["opened"]);
  });

  it("is over where its currency is not even looked at any more", () => {
    expect(kindsOf("firing", "unmentioned", "unmentioned")).toEqual(["opened", "recovered"]);
  });

  it("that goes on for a day is told again, where it is still seen", () => {
    const game = life();
    game.check("firing");
    game.check("firing", { after: REMIND_AFTER_MS - 1 });
    expect(game.kinds()).toEqual(["opened"]);
    game.check("unknown", { after: 1 });
    expect(game.kinds()).toEqual(["opened"]);
    game.check("firing");
    game.check("firing");
    expect(game.kinds()).toEqual(["opened", "goes_on"]);
  });

  it("that could not be told is told at the next check", () => {
    const game = life();
    game.check("firing", { delivers: false });
    game.check("firing");
    game.check("fine", { delivers: false });
    game.check("fine", { delivers: false });
    game.check("fine");
    expect(game.kinds()).toEqual(["opened", "recovered"]);
  });

  it("that was over before anyone could be told is told to nobody", () => {
    const game = life();
    for (const kind of ["firing", "fine", "fine"] as const) game.check(kind, { delivers: false });
    game.check("fine");
    expect(game.kinds()).toEqual([]);
    expect([...game.incidents.values()].map(isSettled)).toEqual([true]);
  });

  it("keeps what was last seen of it, and since when it was", () => {
    const game = life("revenue_anomaly", "EUR");
    game.check("firing");
    game.check("firing");
    game.check("fine");
    const [incident] = game.incidents.values();
    expect(incident).toEqual({
      id: expect.any(String),
      game: "awesome_game",
      check: "revenue_anomaly",
      about: "EUR",
      since: START + CHECK_MS - 1,
      openedAt: START + CHECK_MS,
      seenAt: START + 2 * CHECK_MS,
      detail: `seen at ${START + 2 * CHECK_MS}`,
      toldAt: START + CHECK_MS,
      phase: { kind: "open", fineChecks: 1 },
    });
  });

  it("is one of its check and currency: another's stays as it is", () => {
    const firing = (check: CheckName, about: string | null) => findingsOf("firing", START, check, about);
    const open = incidentsAfter(
      [],
      "awesome_game",
      [...firing("silence", null), ...firing("revenue_anomaly", "EUR"), ...firing("revenue_anomaly", "JPY")],
      "unknown",
      START,
    );
    const changed = incidentsAfter(
      open,
      "awesome_game",
      findingsOf("fine", START + 1, "revenue_anomaly", "JPY"),
      "unknown",
      START + 1,
    );
    expect(changed).toEqual([{ ...open[2], phase: { kind: "open", fineChecks: 1 } }]);
  });
});

it("whatever checks find, and whenever the webhook fails: each incident is told in order, once a day at most", () => {
  const step = fc.record({
    kind: fc.constantFrom<Kind>("firing", "firing", "fine", "fine", "unknown", "unmentioned"),
    delivers: fc.boolean(),
    after: fc.constantFrom(CHECK_MS, CHECK_MS, CHECK_MS, REMIND_AFTER_MS / 2, REMIND_AFTER_MS),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const game = life();
      let fine = 0;
      for (const { kind, ...circumstances } of steps) {
        const before = openOf(game.incidents);
        game.check(kind, circumstances);
        if (kind === "firing") fine = 0;
        else if (kind !== "unknown") fine += 1;
        const open = openOf(game.incidents);
        expect(open.length).toBeLessThanOrEqual(1);
        if (kind === "firing") expect(open).toHaveLength(1);
        // Only good news, twice in a row, is a recovery.
        if (before.length > open.length) expect(fine).toBeGreaterThanOrEqual(FINE_CHECKS_TO_RECOVER);
      }
      // Never two openings without a recovery between them, and never a recovery of what nobody heard of.
      expect(game.kinds().join(" ")).toMatch(/^(opened( goes_on)* recovered ?)*(opened( goes_on)*)?$/);
      for (const [id, notices] of Map.groupBy(game.sent, ({ id }) => id)) {
        expect(notices[0]).toMatchObject({ kind: "opened", id });
        const alive = notices.filter(({ kind }) => kind !== "recovered");
        for (const [i, { at }] of alive.entries())
          if (i > 0) expect(at - (alive[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(REMIND_AFTER_MS);
      }
    }),
    { numRuns: 500 },
  );
});

const openOf = (incidents: ReadonlyMap<string, Incident>) =>
  [...incidents.values()].filter(({ phase }) => phase.kind === "open");
