import * as z from "zod";
import { keyIdSchema, ROLES, type Role, signClaims } from "../auth/keys.ts";
import { isoTime } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { reach } from "../http/reach.ts";
import { type KnownKey, type Revocation, registryOf } from "../queue/registry.ts";
import { queueNamed } from "../queue/shards.ts";
import { noteChange } from "./audit.ts";
import { readJson } from "./read-json.ts";
import { tellAll } from "./tell-all.ts";

const role = z.enum(ROLES, { error: `must be one of: ${ROLES.join(", ")}` });

/** What a key is asked for with. */
export const keyOrderSchema = z.strictObject({
  role,
  name: z
    .string("must be text")
    .min(1, "must not be empty; leave it out for none")
    .max(64, "may have 64 characters")
    .optional()
    .meta({ description: "what tells this key from others when they are listed" }),
});

const nullable = z.string().nullable();

/** A key without what makes it one. */
export const knownKeySchema = z
  .object({
    id: keyIdSchema,
    role: role.nullable(),
    name: nullable,
    created_at: nullable,
    created_by: nullable.meta({ description: "the id of the key that minted it" }),
    revoked_at: nullable,
    revoked_by: nullable.meta({ description: "the id of the key that revoked it" }),
  })
  .meta({
    description:
      "A key that the command line minted is known only once it is revoked; its role, name and creation are null.",
  });

export const knownKeysSchema = z.object({ keys: z.array(knownKeySchema) });

export const newKeySchema = z.object({
  id: keyIdSchema,
  key: z.string().meta({ description: "shown here and never again: it is stored nowhere" }),
  game: z.string(),
  role,
  name: nullable,
  created_at: z.iso.datetime(),
});

/** `GET /v1/games/:game/keys`: the keys that were minted for a game or are revoked in it. */
export async function listKeys(c: AppContext): Promise<Response> {
  const asking = registryOf(c.env).keysOf(gameOf(c));
  const keys = await reach<KnownKey[]>("registry", "the keys could not be read: ask again", asking);
  return c.json({ keys });
}

/** `POST /v1/games/:game/keys`: mints a key. It is recorded before it is shown, so that every key shown can be listed and revoked. */
export async function mintKey(c: AppContext): Promise<Response> {
  const { role, name = null } = await readJson(c, keyOrderSchema);
  const order = { id: crypto.randomUUID(), role, name, created_at: isoTime(Date.now()) };
  const recording = registryOf(c.env).recordKey(gameOf(c), { ...order, created_by: c.get("claims").jti });
  await reach(
    "registry",
    "the key could not be recorded, and was not minted: send the same again",
    recording,
  );
  const key = await signed(c, order);
  return c.json({ key, game: gameOf(c), ...order }, 201, { "Cache-Control": "no-store" });
}

function signed(c: AppContext, { id, role }: { id: string; role: Role }): Promise<string> {
  const [secret = ""] = c.get("config").KEY_SECRETS;
  return signClaims({ jti: id, game: gameOf(c), role }, secret);
}

/**
 * `DELETE /v1/games/:game/keys/:id`: revokes a key, whoever minted it. Recorded first, so that queues born from now on refuse it;
 * then every queue that exists is told. A key cannot revoke itself: where a queue could not be told, nobody could ask again with it.
 */
export async function revokeKey(c: AppContext): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const by = c.get("claims").jti;
  if (!keyIdSchema.safeParse(id).success) {
    throw new Problem(400, "invalid_key_id", "a key's id has 1–64 characters: it is the key's jti");
  }
  if (id === by) {
    throw new Problem(409, "own_key", "this is the key that you ask with: revoke it with another admin key");
  }
  const recording = registryOf(c.env).revoke(gameOf(c), id, by);
  const revocation = await reach<Revocation>(
    "registry",
    "nothing was revoked: send the same again",
    recording,
  );
  if (revocation.kind === "of_another_game") {
    throw new Problem(
      403,
      "wrong_game",
      "the key is another game's: revoke it there; for all games the game is *",
    );
  }
  noteChange(c, { id });
  await tellAll(
    revocation.queues,
    (queue) => queueNamed(c.env, queue).revoke([id]),
    "the revocation is recorded, but not every queue could be told yet: send the same again",
  );
  return c.json(revocation.key);
}

const gameOf = (c: AppContext) => c.req.param("game") ?? "";
