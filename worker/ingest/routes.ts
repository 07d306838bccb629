import type { IngestAnswer } from "../../sdk/events.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { answerOf } from "./answer.ts";
import { handOver } from "./hand-over.ts";
import { type Arrival, judgeBatch } from "./judge-batch.ts";
import { readBody } from "./read-body.ts";

/** How soon a client may ask again where no queue could be reached. */
const UNREACHABLE_RETRY_S = 5;

/** `POST /v1/events`: judges each event by itself and answers once what was accepted is durable. */
export async function ingest(c: AppContext): Promise<Response> {
  const arrival = arrivalOf(c);
  const { judged, handovers } = judgeBatch(await readBody(c.req.raw), arrival);
  const answer = answerOf(arrival, judged, await handOver(c.env, handovers));
  if (answer.retry > 0 && answer.accepted + answer.duplicates === 0) {
    throw new Problem(503, "queue_unreachable", "the queue could not be reached: send the same again", {
      "Retry-After": String(UNREACHABLE_RETRY_S),
    });
  }
  return reply(c, answer, 202);
}

/** `POST /v1/events/validate`: the same verdicts, but nothing is stored, so that nothing is a duplicate. */
export async function validate(c: AppContext): Promise<Response> {
  const arrival = arrivalOf(c);
  const { judged } = judgeBatch(await readBody(c.req.raw), arrival);
  return reply(c, answerOf(arrival, judged, new Map()), 200);
}

function arrivalOf(c: AppContext): Arrival {
  return {
    requestId: c.get("requestId"),
    receivedAt: Date.now(),
    keyGame: c.get("claims").game,
    edgeCountry: c.req.raw.cf?.country,
  };
}

function reply(c: AppContext, answer: IngestAnswer, status: 200 | 202): Response {
  const { accepted, duplicates, rejected, retry } = answer;
  c.set("logFields", { accepted, duplicates, rejected, retry });
  const total = accepted + duplicates + rejected + retry;
  return c.json(answer, rejected === total ? 422 : status);
}
