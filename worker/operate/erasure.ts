import * as z from "zod";
import { erasureLine } from "../events/erasure.ts";
import type { AppContext } from "../http/context.ts";
import { reach } from "../http/reach.ts";
import { boardsOf } from "../leaderboards/boards-of.ts";
import { type Erasure, registryOf } from "../queue/registry.ts";
import { queueFor, queueNamed } from "../queue/shards.ts";
import { noteChange } from "./audit.ts";
import { playerOf } from "./player-id.ts";
import { tellAll } from "./tell-all.ts";

const eventsPurged = z
  .int()
  .min(0)
  .meta({ description: "events that were taken out of outboxes and dead letters" });

/** What became of a player's erasure. */
export const erasureAnswerSchema = z.object({
  erasure_id: z.uuid(),
  requested_at: z.iso.datetime().meta({ description: "when it was first asked for" }),
  events_purged: eventsPurged,
  queues: z.int().min(0).meta({ description: "how many queues were told" }),
});

/** An erasure as it is remembered: not whose it was. */
export const erasureSchema: z.ZodType<Erasure> = z.object({
  erasure_id: z.uuid(),
  hash: z.string().meta({ description: "SHA-256 of a secret salt, the game and the player's id" }),
  requested_at: z.iso.datetime(),
  requested_by: z.string().meta({ description: "the id of the key that asked for it" }),
  announced: z.boolean().meta({ description: "whether the line that tells the warehouse is durable" }),
  events_purged: eventsPurged,
});

export const erasuresSchema = z.object({ erasures: z.array(erasureSchema) });

const UNFINISHED = "the erasure is recorded, but not finished: send the same again";

/**
 * `DELETE /v1/games/:game/users/:user`: erases a player, and keeps nothing of them from now on. Recorded first, so that queues born
 * from now on know; then every queue that exists is told, and the leaderboards; then the warehouse, by a line of its own. Whatever fails can be asked
 * again: it is the same erasure. The player's id must reach neither the log nor the registry's storage.
 */
export async function erasePlayer(c: AppContext): Promise<Response> {
  const [game, user] = [c.req.param("game") ?? "", playerOf(c)];
  const registry = registryOf(c.env);
  const { erasure, queues } = await reach(
    "registry",
    "nothing was erased: send the same again",
    registry.recordErasure(game, user, c.get("claims").jti),
  );
  const { erasure_id, hash, requested_at } = erasure;
  noteChange(c, { erasure_id });

  const erase = async (queue: string) => {
    const { purged } = await queueNamed(c.env, queue).erase({ user, hash });
    if (purged > 0) await registry.countPurged(erasure_id, purged);
    return purged;
  };
  const purged = await tellAll(queues, erase, UNFINISHED);
  await reach("leaderboards", UNFINISHED, boardsOf(c.env, game).erase({ user, hash }));

  if (!erasure.announced) {
    const notice = { game_id: game, user_id: user, erasure_id, requested_at };
    const line = erasureLine(notice, Date.now(), c.get("requestId"));
    await reach("queue", UNFINISHED, queueNamed(c.env, queueFor(game)).notify([line]));
    await reach("registry", UNFINISHED, registry.markAnnounced(erasure_id));
  }
  const events_purged = purged.reduce((sum, events) => sum + events, erasure.events_purged);
  noteChange(c, { events_purged, queues: queues.length });
  return c.json({ erasure_id, requested_at, events_purged, queues: queues.length });
}

/** `GET /v1/games/:game/erasures`: the audit of what was erased, when and by whom, that does not say who it was. */
export async function listErasures(c: AppContext): Promise<Response> {
  const asking = registryOf(c.env).erasuresOf(c.req.param("game") ?? "");
  const erasures = await reach<Erasure[]>("registry", "the erasures could not be read: ask again", asking);
  return c.json({ erasures });
}
