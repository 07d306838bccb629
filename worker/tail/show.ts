import { waitUntil } from "cloudflare:workers";
import { log } from "../log.ts";
import { Gathering } from "./gathering.ts";
import type { Sighting } from "./items.ts";
import { GATHER_MS, MAX_GATHER_MS } from "./limits.ts";
import { tailOf } from "./tail-of.ts";

/** What could not be shown, by game: the next call says so. */
const missed = new Map<string, Map<string, number>>();

/** A gathering that is older was opened by a request that is gone: it will never send it. */
const LOST_AFTER_MS = 2 * MAX_GATHER_MS;

/** The gatherings of this isolate that are open, by game. */
const open = new Map<string, { gathering: Gathering; openedAt: number }>();

/** For how long requests gather, by game, where a tail asked for more than is usual. */
const gatherMs = new Map<string, number>();

/**
 * Shows those who watch what queues took. What is asked for is chosen at once, which takes little, since little is; it is sent once the answer is
 * on its way, so that no request waits for a tail, nor fails with it. The first request of some sends what they bring together, in its own
 * context; the others leave theirs, which is plain data, with it.
 */
export function show(env: Env, sightings: readonly Sighting[]): void {
  for (const sighting of sightings) {
    try {
      gatheringFor(env, sighting.game).add(sighting);
    } catch (error) {
      log("error", "tail_failed", { game: sighting.game, error: String(error) });
    }
  }
}

/** The open gathering of a game; where there is none, a new one, which this request will send. */
function gatheringFor(env: Env, game: string): Gathering {
  const now = Date.now();
  const known = open.get(game);
  if (known !== undefined && now - known.openedAt < LOST_AFTER_MS) return known.gathering;
  const gathering = new Gathering(missed.get(game));
  missed.delete(game);
  open.set(game, { gathering, openedAt: now });
  waitUntil(lead(env, game, gathering));
  return gathering;
}

async function lead(env: Env, game: string, gathering: Gathering): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, gatherMs.get(game) ?? GATHER_MS));
  if (open.get(game)?.gathering === gathering) open.delete(game);
  await send(env, game, gathering);
}

async function send(env: Env, game: string, gathering: Gathering): Promise<void> {
  if (gathering.isEmpty) return;
  const showing = gathering.showing();
  try {
    const nextInMs = await tailOf(env, game).show(showing);
    if (nextInMs > GATHER_MS) gatherMs.set(game, nextInMs);
    else gatherMs.delete(game);
  } catch (error) {
    gatherMs.set(game, MAX_GATHER_MS);
    missed.set(game, gathering.missed());
    log("warn", "tail_unreachable", { game, events: showing.items.length, error: String(error) });
  }
}
