import type { IngestAnswer } from "../../sdk/events.ts";
import type { BatchContext } from "../events/batch-context.ts";
import { COUNTRIES } from "../events/countries.ts";
import { judge } from "../events/judge.ts";
import { lineEnding } from "../events/line.ts";
import type { ParsedEnvelope } from "../events/schemas.ts";
import { clockCorrection } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { answerOf } from "./answer.ts";
import { readBatch } from "./batch.ts";
import { handOver } from "./hand-over.ts";
import { readBody } from "./read-body.ts";

/** How soon a client may ask again where no queue could be reached. */
const UNREACHABLE_RETRY_S = 5;

/** `POST /v1/events`: judges each event by itself and answers once what was accepted is durable. */
export async function ingest(c: AppContext): Promise<Response> {
  const receivedAt = Date.now();
  const batch = readBatch(await readBody(c.req.raw));
  const context = contextOf(c, batch, receivedAt);
  const judgements = batch.events.map((event) => judge(event, context));
  const takings = await handOver(c.env, context, judgements, sum(batch.dropped));
  const answer = answerOf(c.get("requestId"), receivedAt, judgements, takings);
  if (answer.retry > 0 && answer.accepted + answer.duplicates === 0) {
    throw new Problem(503, "queue_unreachable", "the queue could not be reached: send the same again", {
      "Retry-After": String(UNREACHABLE_RETRY_S),
    });
  }
  return reply(c, answer, 202);
}

/** `POST /v1/events/validate`: the same verdicts, but nothing is stored, so that nothing is a duplicate. */
export async function validate(c: AppContext): Promise<Response> {
  const receivedAt = Date.now();
  const batch = readBatch(await readBody(c.req.raw));
  const context = contextOf(c, batch, receivedAt);
  const judgements = batch.events.map((event) => judge(event, context));
  return reply(c, answerOf(c.get("requestId"), receivedAt, judgements, new Map()), 200);
}

function contextOf(c: AppContext, batch: ParsedEnvelope, receivedAt: number): BatchContext {
  return {
    keyGame: c.get("claims").game,
    receivedAt,
    correctionMs: clockCorrection(receivedAt, batch.sent_at, batch.clock_offset_ms),
    country: edgeCountry(c.req.raw.cf?.country),
    ending: lineEnding(receivedAt, c.get("requestId")),
    defaults: batch.defaults,
    idSeed: batch.id_seed?.toLowerCase(),
  };
}

function reply(c: AppContext, answer: IngestAnswer, status: 200 | 202): Response {
  const { accepted, duplicates, rejected, retry } = answer;
  c.set("logFields", { accepted, duplicates, rejected, retry });
  const total = accepted + duplicates + rejected + retry;
  return c.json(answer, rejected === total ? 422 : status);
}

/** The edge also says XX (unknown) and T1 (Tor), which are no countries. */
function edgeCountry(country: unknown): string | undefined {
  return typeof country === "string" && COUNTRIES.has(country) ? country : undefined;
}

function sum(dropped: Record<string, number> = {}): number {
  return Object.values(dropped).reduce((all, count) => all + count, 0);
}
