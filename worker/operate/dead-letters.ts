import * as z from "zod";
import { isoTime } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { reach } from "../http/reach.ts";
import { log } from "../log.ts";
import type { Burial, DeadLetter, Selection } from "../queue/dead-letters.ts";
import { queueNamed, queuesOf } from "../queue/shards.ts";
import { noteChange } from "./audit.ts";
import { readJsonIfAny } from "./read-json.ts";
import { readQuery } from "./read-query.ts";
import { tellAll } from "./tell-all.ts";

const MAX_PAGE = 200;
const MAX_IDS = 1_000;

const idSchema = z
  .string()
  .regex(/^[a-z-]+\/\d+\/\d+$/, "must be the id of a dead letter, such as enam/0/513")
  .meta({ description: "region, shard and number: unique within the game" });

const code = z
  .string()
  .min(1)
  .max(128)
  .optional()
  .meta({ description: "only those with this code of Firehose's, such as InternalFailure" });

export const deadLetterQuerySchema = z.strictObject({
  limit: z.coerce.number("must be a number").int().min(1).max(MAX_PAGE).default(50),
  after: idSchema.optional().meta({ description: "`next` of the page before" }),
  code,
});

export const replayOrderSchema = z.strictObject({
  ids: z.array(idSchema).min(1).max(MAX_IDS).optional().meta({ description: "left out: all of them" }),
  code,
});

export const purgeQuerySchema = z.strictObject({
  confirm: z.coerce
    .number(
      "must be the number of events that are to be purged: see dead_letters.events in the queue's stats",
    )
    .int()
    .min(0),
  code,
});

const burialSchema = z.object({
  at: z.iso.datetime(),
  code: z.string(),
  message: z.string(),
  attempts: z.int(),
});

export const deadLetterSchema = z.object({
  id: idSchema,
  shard: z.string(),
  ...burialSchema.shape,
  bytes: z.int(),
  history: z
    .array(burialSchema)
    .meta({ description: "how it became a dead letter before it was replayed, oldest first" }),
  line: z.unknown().meta({ description: "what was to be delivered" }),
});

export const deadLetterPageSchema = z.object({
  dead_letters: z.array(deadLetterSchema),
  next: idSchema
    .nullable()
    .meta({ description: "pass as `after` for the next page; null: this was the last" }),
});

export const replayedSchema = z.object({ replayed: z.int().min(0).meta({ description: "events" }) });
export const purgedSchema = z.object({ purged: z.int().min(0).meta({ description: "events" }) });

type Letter = z.infer<typeof deadLetterSchema>;

/** `GET /v1/games/:game/dead-letters`: queue after queue, in each the oldest event first. */
export async function listDeadLetters(c: AppContext): Promise<Response> {
  const { limit, after, code } = readQuery(c, deadLetterQuerySchema);
  const start = after === undefined ? undefined : placeOf(after);
  const queues = await queuesOfGame(c);
  const ahead = queues.filter((name) => start === undefined || name >= queueOf(c, start.shard));
  const page: Letter[] = [];
  for (const [turn, queue] of ahead.entries()) {
    const from = start && queue === queueOf(c, start.shard) ? start.seq : 0;
    const asking = queueNamed(c.env, queue).deadLetters(from, limit - page.length, code);
    const { letters, hasMore } = await reach("queue", `${queue} could not be reached: ask again`, asking);
    page.push(...letters.map((letter) => letterOf(queue, letter)));
    const isFull = hasMore || (page.length === limit && turn < ahead.length - 1);
    if (isFull) return c.json({ dead_letters: page, next: page.at(-1)?.id ?? null });
  }
  return c.json({ dead_letters: page, next: null });
}

/** `POST /v1/games/:game/dead-letters/replay`: sends again, as they are and in their order, all of them or those that are named. */
export async function replayDeadLetters(c: AppContext): Promise<Response> {
  const { ids, code } = (await readJsonIfAny(c, replayOrderSchema)) ?? {};
  const queues = await queuesOfGame(c);
  noteChange(c, { ...(ids && { ids: ids.length }), ...(code !== undefined && { code }) });
  const replayed = await tellAll(
    queues,
    (queue) => queueNamed(c.env, queue).replay(selectionOf(c, queue, ids, code)),
    "not every queue could be reached: send the same again; what was replayed is no dead letter any more",
  );
  return c.json({ replayed: audited(c, "dead_letters_replayed", sum(replayed)) });
}

/** `DELETE /v1/games/:game/dead-letters`: removes them for good, only where `confirm` says how many events they are. */
export async function purgeDeadLetters(c: AppContext): Promise<Response> {
  const { confirm, code } = readQuery(c, purgeQuerySchema);
  const queues = await queuesOfGame(c);
  const selection = code === undefined ? {} : { code };
  const unreachable = "not every queue could be reached: count again, then send the new count";
  const counts = await tellAll(
    queues,
    (queue) => queueNamed(c.env, queue).countDeadLetters(selection),
    unreachable,
  );
  if (sum(counts) !== confirm) throw countDiffers(sum(counts));
  noteChange(c, { confirm, ...(code !== undefined && { code }) });
  const expected = new Map(queues.map((queue, index) => [queue, counts[index] ?? 0]));
  const found = await tellAll(
    queues,
    (queue) => queueNamed(c.env, queue).purge(selection, expected.get(queue) ?? 0),
    unreachable,
  );
  const purged = sum(found.filter((count, index) => count === counts[index]));
  audited(c, "dead_letters_purged", purged);
  if (purged !== confirm) throw countDiffers(sum(found) - purged);
  return c.json({ purged });
}

function countDiffers(count: number): Problem {
  return new Problem(
    409,
    "count_differs",
    `there are ${count} such events in dead letters now: pass ?confirm=${count}`,
  );
}

function audited(c: AppContext, event: string, events: number): number {
  noteChange(c, { events });
  log("info", event, {
    request_id: c.get("requestId"),
    key_id: c.get("claims").jti,
    game: gameOf(c),
    events,
  });
  return events;
}

/** Which letters of one queue are meant. Ids of other queues are none of its business, though they rule out the rest. */
function selectionOf(
  c: AppContext,
  queue: string,
  ids: string[] | undefined,
  code: string | undefined,
): Selection {
  const seqs = ids?.map(placeOf).flatMap(({ shard, seq }) => (queueOf(c, shard) === queue ? [seq] : []));
  return { ...(seqs && { seqs }), ...(code !== undefined && { code }) };
}

function letterOf(queue: string, { seq, at, line, history, ...letter }: DeadLetter): Letter {
  const [, region, shard] = queue.split("/");
  const bytes = new TextEncoder().encode(line).byteLength;
  return {
    id: `${region}/${shard}/${seq}`,
    shard: queue,
    at: isoTime(at),
    ...letter,
    bytes,
    history: history.map((burial: Burial) => ({ ...burial, at: isoTime(burial.at) })),
    line: JSON.parse(line),
  };
}

/** `enam/0/513` → the shard `enam/0`, number 513. */
function placeOf(id: string): { shard: string; seq: number } {
  const end = id.lastIndexOf("/");
  return { shard: id.slice(0, end), seq: Number(id.slice(end + 1)) };
}

function queuesOfGame(c: AppContext): Promise<string[]> {
  const asking = queuesOf(c.env, gameOf(c));
  return reach("registry", "the registry of queues could not be reached: ask again", asking);
}

const queueOf = (c: AppContext, shard: string) => `${gameOf(c)}/${shard}`;

const gameOf = (c: AppContext) => c.req.param("game") ?? "";

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
