import { setTimeout as sleep } from "node:timers/promises";

/** How long to wait for what comes about by itself, and how often to look. */
export interface Patience {
  withinMs: number;
  pauseMs: number;
}

export type Readiness = { kind: "ready" } | { kind: "not_ready"; problems: string[] };

/** What is read of `GET /ready`. */
interface ReadyAnswer {
  settings: { problems: string[] };
  queues: { problem: string } | { stuck: { reason: string; advice: string | null }[] };
}

const REQUEST_TIMEOUT_MS = 10_000;

/** Asks `GET /ready` until it answers 200: a new address is known after a minute, a new version everywhere after seconds. */
export async function waitUntilReady(url: string, { withinMs, pauseMs }: Patience): Promise<Readiness> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const problems = await askReady(url);
    if (problems.length === 0) return { kind: "ready" };
    if (performance.now() > deadline) return { kind: "not_ready", problems };
    await sleep(pauseMs);
  }
}

/** What keeps the collector from being ready, in words; empty: nothing does. */
async function askReady(url: string): Promise<string[]> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const body = await response.text();
    if (response.ok) return [];
    return problemsOf(JSON.parse(body) as ReadyAnswer);
  } catch (error) {
    return [
      `${url} does not answer as a collector does (${error instanceof Error ? error.message : error}): is it its address? Pass --url where it is another`,
    ];
  }
}

function problemsOf({ settings, queues }: ReadyAnswer): string[] {
  const wrong = settings.problems.map(
    (problem) => `${problem}: correct it in wrangler.toml, or run setup again`,
  );
  const stuck =
    "problem" in queues
      ? [`${queues.problem}: ask again in a minute`]
      : queues.stuck.map(
          ({ reason, advice }) => `a queue does not deliver, ${reason}: ${advice ?? "wait, it mends itself"}`,
        );
  return [...wrong, ...stuck];
}
