import { FINE_CHECKS_TO_RECOVER, REMIND_AFTER_MS } from "./thresholds.ts";
import type { CheckName, Finding, Verdict } from "./verdict.ts";

/** Where an incident stands. */
export type Phase =
  /** `fineChecks`: so many checks in a row found nothing, up to now. */
  | { kind: "open"; fineChecks: number }
  /** `toldAt` null: nobody was told that it is over. */
  | { kind: "recovered"; at: number; toldAt: number | null };

/** That something is, or was, wrong. All times are in milliseconds since 1970. */
export interface Incident {
  id: string;
  game: string;
  check: CheckName;
  about: string | null;
  /** When it began, as far as the check can tell, and when the check found it. */
  since: number;
  openedAt: number;
  /** The last check that found it, and what it said. */
  seenAt: number;
  detail: string;
  /** When someone was last told that it is open; null: nobody ever was. */
  toldAt: number | null;
  phase: Phase;
}

/** What is to be told of an incident. */
export type NoticeKind = "opened" | "goes_on" | "recovered";

/** Something to tell, of an incident as it stands now. */
export interface Notice {
  kind: NoticeKind;
  incident: Incident;
}

/**
 * What becomes of the incidents of a game by what a check found: those that changed, and new ones. `unmentioned` says of an open one that no
 * finding speaks of whether that is good news: it is where all could be looked at.
 */
export function incidentsAfter(
  incidents: readonly Incident[],
  game: string,
  findings: readonly Finding[],
  unmentioned: "fine" | "unknown",
  now: number,
): Incident[] {
  const open = incidents.filter(({ phase }) => phase.kind === "open");
  const followed = open.map((incident) => {
    const found = findings.find((finding) => isOf(incident, finding));
    return afterVerdict(incident, found?.verdict ?? { kind: unmentioned }, now);
  });
  const begun = findings.flatMap((finding) =>
    finding.verdict.kind !== "firing" || open.some((incident) => isOf(incident, finding))
      ? []
      : newIncident(game, finding, finding.verdict, now),
  );
  return [...followed.filter((incident) => !open.includes(incident)), ...begun];
}

function isOf(incident: Incident, finding: Finding): boolean {
  return finding.check === incident.check && finding.about === incident.about;
}

function afterVerdict(incident: Incident, verdict: Verdict, now: number): Incident {
  switch (verdict.kind) {
    case "firing":
      return { ...incident, detail: verdict.detail, seenAt: now, phase: { kind: "open", fineChecks: 0 } };
    case "fine":
      return afterFineCheck(incident, now);
    case "unknown":
      return incident;
  }
}

function newIncident(
  game: string,
  { check, about }: Finding,
  { since, detail }: { since: number; detail: string },
  now: number,
): Incident {
  const phase = { kind: "open", fineChecks: 0 } as const;
  const id = crypto.randomUUID();
  return { id, game, check, about, since, openedAt: now, seenAt: now, detail, toldAt: null, phase };
}

function afterFineCheck(incident: Incident, now: number): Incident {
  if (incident.phase.kind !== "open") return incident;
  const fineChecks = incident.phase.fineChecks + 1;
  const phase: Phase =
    fineChecks < FINE_CHECKS_TO_RECOVER
      ? { kind: "open", fineChecks }
      : { kind: "recovered", at: now, toldAt: null };
  return { ...incident, phase };
}

/** What is to be told of an incident now; null: nothing. That one is over is told to those alone who were told that it is not. */
export function noticeOf(incident: Incident, now: number): Notice | null {
  const { phase, toldAt, seenAt } = incident;
  switch (phase.kind) {
    case "open":
      if (toldAt === null) return { kind: "opened", incident };
      return seenAt === now && now - toldAt >= REMIND_AFTER_MS ? { kind: "goes_on", incident } : null;
    case "recovered":
      return isSettled(incident) ? null : { kind: "recovered", incident };
  }
}

/** The incident once a notice of it was delivered. */
export function told({ kind, incident }: Notice, now: number): Incident {
  switch (kind) {
    case "opened":
    case "goes_on":
      return { ...incident, toldAt: now };
    case "recovered":
      return incident.phase.kind === "recovered"
        ? { ...incident, phase: { ...incident.phase, toldAt: now } }
        : incident;
  }
}

/** Whether it is over, and nothing is left to be told. */
export function isSettled({ phase, toldAt }: Incident): boolean {
  return phase.kind === "recovered" && (toldAt === null || phase.toldAt !== null);
}
