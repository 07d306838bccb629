import * as z from "zod";
import { isoTime } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { reach } from "../http/reach.ts";
import { COLLECTOR } from "../queue/shards.ts";
import type { Incident } from "../schedule/alerts/incident.ts";
import { checkSchema, runbookOf } from "../schedule/alerts/verdict.ts";
import { operationsOf } from "../schedule/operations.ts";

/** An incident as operators see it. */
export const incidentSchema = z.object({
  id: z.uuid(),
  game: z
    .string()
    .nullable()
    .meta({ description: "null: it is the collector's own, and concerns every game" }),
  check: checkSchema,
  about: z.string().nullable().meta({ description: "the currency, or what the collector does by itself" }),
  state: z.enum(["open", "recovered"]),
  detail: z.string().meta({ description: "what the last check that found it said, in numbers" }),
  since: z.iso.datetime().meta({ description: "when it began, as far as the check can tell" }),
  opened_at: z.iso.datetime(),
  seen_at: z.iso.datetime().meta({ description: "the last check that found it" }),
  recovered_at: z.iso.datetime().nullable(),
  told_at: z.iso
    .datetime()
    .nullable()
    .meta({ description: "when the webhook last took a message; null: it never did" }),
  runbook: z.string().meta({ description: "where it is written what to do" }),
});
export const incidentsSchema = z.object({ incidents: z.array(incidentSchema) });

/** `GET /v1/games/:game/incidents`: what is wrong with a game or with the collector, and what last was. */
export async function listIncidents(c: AppContext): Promise<Response> {
  const operations = operationsOf(c.env);
  const asking = Promise.all(
    [c.req.param("game") ?? "", COLLECTOR].map((game) => operations.incidentsOf(game)),
  );
  const detail = "the incidents could not be read: ask again";
  const found = await reach<Incident[][]>("operations", detail, asking);
  const incidents = found.flat().toSorted((a, b) => b.openedAt - a.openedAt);
  return c.json({ incidents: incidents.map(shown) }, 200, { "Cache-Control": "no-store" });
}

function shown({ game, phase, ...incident }: Incident): z.infer<typeof incidentSchema> {
  const { id, check, about, detail, since, openedAt, seenAt, toldAt } = incident;
  return {
    id,
    game: game === COLLECTOR ? null : game,
    check,
    about,
    state: phase.kind,
    detail,
    since: isoTime(since),
    opened_at: isoTime(openedAt),
    seen_at: isoTime(seenAt),
    recovered_at: phase.kind === "recovered" ? isoTime(phase.at) : null,
    told_at: toldAt === null ? null : isoTime(toldAt),
    runbook: runbookOf(check),
  };
}
