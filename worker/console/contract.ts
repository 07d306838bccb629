import type * as z from "zod";
import type { liveSchema } from "../live/merge.ts";
import type { auditEntrySchema } from "../operate/audit.ts";
import type { deadLetterPageSchema } from "../operate/dead-letters.ts";
import type { erasureAnswerSchema, erasureSchema } from "../operate/erasure.ts";
import type { gameSchema } from "../operate/games.ts";
import type { incidentSchema } from "../operate/incidents.ts";
import type { knownKeySchema, newKeySchema } from "../operate/keys.ts";
import type { reportSchema } from "../schedule/reports/report.ts";
import type * as console from "./types.ts";

/** Holds the collector's schemas and what the console reads together: a difference fails `npm run check` here, and names the answer. */
export type Contract = Held<{
  game: Same<z.infer<typeof gameSchema>, console.GameSummary>;
  live: Same<z.infer<typeof liveSchema>, console.Live>;
  dead_letters: Same<z.infer<typeof deadLetterPageSchema>, console.DeadLetterPage>;
  known_key: Same<z.infer<typeof knownKeySchema>, console.KnownKey>;
  new_key: Same<z.infer<typeof newKeySchema>, console.NewKey>;
  audit: Same<z.infer<typeof auditEntrySchema>, console.AuditEntry>;
  erasure: Same<z.infer<typeof erasureSchema>, console.Erasure>;
  incident: Same<z.infer<typeof incidentSchema>, console.Incident>;
  report: Same<z.infer<typeof reportSchema>, console.Report>;
  erasure_answer: Same<z.infer<typeof erasureAnswerSchema>, console.ErasureAnswer>;
}>;

type Held<Checks extends Record<string, true>> = Checks;

/** Each can stand for the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
