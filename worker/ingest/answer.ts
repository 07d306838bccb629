import * as z from "zod";
import type { IngestAnswer, Verdict } from "../../sdk/events.ts";
import { hintsSchema } from "../config.ts";
import { isoTime } from "../events/time.ts";
import type { Arrival, Judged } from "./judge-batch.ts";

const finding = z.object({ path: z.string(), code: z.string(), message: z.string() });
const index = z.int().min(0);

const verdictSchema: z.ZodType<Verdict> = z.discriminatedUnion("status", [
  z.object({ index, event_id: z.string(), status: z.literal("accepted"), warnings: z.array(finding) }),
  z.object({ index, event_id: z.string(), status: z.literal("duplicate") }),
  z.object({
    index,
    event_id: z.string().nullable(),
    status: z.literal("rejected"),
    errors: z.array(finding),
  }),
  z.object({ index, event_id: z.string(), status: z.literal("retry") }),
]);

/** The answer to a batch, for the API's description; `sdk/events.ts` says what each part means. */
export const answerSchema: z.ZodType<IngestAnswer> = z.object({
  request_id: z.string(),
  received_at: z.iso.datetime(),
  accepted: index,
  duplicates: index,
  rejected: index,
  retry: index,
  results: z.array(verdictSchema),
  dropped_counted: z.literal(false).optional(),
  hints: hintsSchema.optional(),
});

/** What a queue said of an event that it was offered. */
export type Taking = "accepted" | "duplicate" | "retry";

/** Puts judgements and the queues' answers together, in the order in which the events were sent. */
export function answerOf(
  { requestId, receivedAt }: Arrival,
  judged: readonly Judged[],
  takings: ReadonlyMap<number, Taking>,
  beside: Pick<IngestAnswer, "dropped_counted" | "hints"> = {},
): IngestAnswer {
  const counts = { accepted: 0, duplicate: 0, rejected: 0, retry: 0 };
  const results: Verdict[] = [];
  for (const [index, judgement] of judged.entries()) {
    const verdict = verdictOf(index, judgement, takings.get(index) ?? "accepted");
    counts[verdict.status]++;
    if (verdict.status !== "accepted" || verdict.warnings.length > 0) results.push(verdict);
  }
  const { accepted, duplicate: duplicates, rejected, retry } = counts;
  return {
    request_id: requestId,
    received_at: isoTime(receivedAt),
    accepted,
    duplicates,
    rejected,
    retry,
    results,
    ...beside,
  };
}

function verdictOf(index: number, judgement: Judged, taking: Taking): Verdict {
  const { eventId } = judgement;
  if (judgement.status === "rejected")
    return { index, event_id: eventId, status: "rejected", errors: judgement.errors };
  const event_id = judgement.eventId;
  if (taking !== "accepted") return { index, event_id, status: taking };
  return { index, event_id, status: "accepted", warnings: judgement.warnings };
}
