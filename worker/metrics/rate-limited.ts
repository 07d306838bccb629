import { NO_RATE_LIMITED, type RateLimit, type RateLimited, withRateLimited } from "../queue/tally.ts";

/** Games of which an isolate remembers refused requests: far more than one isolate serves. Of others they are not counted. */
const MAX_GAMES = 1_000;

/**
 * Requests over their limit since a queue of their game was last told. They must reach no queue: that is what the limit is for. So they
 * wait in the isolate for the next call that goes there anyway. What waits when an isolate ends is lost: the count is a lower bound.
 */
const waiting = new Map<string, RateLimited>();

/** Counts a request. One with a key for all games, `*`, is counted nowhere: which game it was for is not read any more. */
export function countRateLimited(game: string, limit: RateLimit): void {
  add(game, { ...NO_RATE_LIMITED, [limit]: 1 });
}

/** What is to be told to a queue of a game; undefined, nearly always: nothing. */
export function takeRateLimited(game: string): RateLimited | undefined {
  // Most isolates never refuse a request: that must cost the others nothing.
  if (waiting.size === 0) return undefined;
  const requests = waiting.get(game);
  waiting.delete(game);
  return requests;
}

/** Takes back what no queue has heard. */
export function returnRateLimited(game: string, requests: RateLimited): void {
  add(game, requests);
}

function add(game: string, requests: RateLimited): void {
  const known = waiting.get(game);
  if (known === undefined && (game === "*" || waiting.size >= MAX_GAMES)) return;
  waiting.set(game, withRateLimited(known ?? NO_RATE_LIMITED, requests));
}
