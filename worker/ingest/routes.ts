import type { IngestAnswer } from "../../sdk/events.ts";
import { grants, keyIdsOf } from "../auth/keys.ts";
import { askRegistry } from "../auth/revoked.ts";
import { boardsOfGame } from "../events/board.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { gameOf } from "../queue/game-of.ts";
import { queueChooser } from "../queue/shards.ts";
import type { Sighting } from "../tail/items.ts";
import { show } from "../tail/show.ts";
import { answerOf } from "./answer.ts";
import { type HandedOver, handOver, type Seen } from "./hand-over.ts";
import { hintsFor } from "./hints.ts";
import { type Arrival, type Judged, judgeBatch } from "./judge-batch.ts";
import { readBody } from "./read-body.ts";

/** `POST /v1/events`: judges each event by itself and answers once what was accepted is durable. */
export async function ingest(c: AppContext): Promise<Response> {
  const arrival = arrivalOf(c);
  const { judged, handovers, game, clientDropped } = judgeBatch(await readBody(c.req.raw), arrival);
  // Elsewhere the queues refuse a revoked key: with a key for all games, events that name none reach no queue.
  if (handovers.length === 0) await askRegistry(c.env, c.get("claims"));
  const { takings, droppedCounted, seen, refusal } = await handOver(c.env, handovers);
  if (seen !== undefined) show(c.env, sightingsOf(arrival, judged, seen));
  const answer = answerOf(arrival, judged, takings, {
    dropped_counted: droppedCounted < clientDropped ? false : undefined,
    hints: hintsFor(game, c.get("config").CLIENT_HINTS),
  });
  if (refusal === undefined) return reply(c, answer, 202);
  if (answer.accepted + answer.duplicates === 0) throw unavailable(refusal);
  return reply(c, answer, 202, { "Retry-After": String(refusal.retryAfterS) });
}

/** `POST /v1/events/validate`: the same verdicts, but nothing is stored, so that nothing is a duplicate. */
export async function validate(c: AppContext): Promise<Response> {
  const arrival = arrivalOf(c);
  const { judged } = judgeBatch(await readBody(c.req.raw), arrival);
  return reply(c, answerOf(arrival, judged, new Map()), 200);
}

function arrivalOf(c: AppContext): Arrival {
  const claims = c.get("claims");
  const { cf } = c.req.raw;
  return {
    requestId: c.get("requestId"),
    receivedAt: Date.now(),
    keyGame: claims.game,
    keyUser: claims.user,
    mayVerify: grants(claims.role, "server"),
    keys: keyIdsOf(claims),
    queueOf: queueChooser(cf?.continent, c.get("config").GAME_SHARDS),
    boardsOf: (game) => boardsOfGame(c.get("config").LEADERBOARDS, game),
    edgeCountry: cf?.country,
  };
}

function sightingsOf(
  { requestId, receivedAt }: Arrival,
  judged: readonly Judged[],
  seen: readonly Seen[],
): Sighting[] {
  return seen.map(({ handover: { queue, parcel, indexes }, duplicates, watched }) => ({
    game: gameOf(queue),
    requestId,
    receivedAt,
    parcel,
    duplicates,
    watched,
    warningsOf(index) {
      const judgement = judged[indexes[index] ?? -1];
      return judgement?.status === "accepted" ? judgement.warnings : [];
    },
  }));
}

/** Where nothing at all was taken, the whole request is to be sent again. */
function unavailable({ kind, retryAfterS }: NonNullable<HandedOver["refusal"]>): Problem {
  const headers = { "Retry-After": String(retryAfterS) };
  const again = `send the same again in ${retryAfterS} s`;
  return kind === "full"
    ? new Problem(503, "queue_full", `too many events wait for delivery: ${again}`, headers)
    : new Problem(503, "queue_unreachable", `the queue could not be reached: ${again}`, headers);
}

function reply(
  c: AppContext,
  answer: IngestAnswer,
  status: 200 | 202,
  headers?: Record<string, string>,
): Response {
  const { accepted, duplicates, rejected, retry } = answer;
  c.set("logFields", { accepted, duplicates, rejected, retry });
  const total = accepted + duplicates + rejected + retry;
  return c.json(answer, rejected === total ? 422 : status, headers);
}
