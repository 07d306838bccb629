import type { Session } from "./session.ts";
import type {
  AuditEntry,
  DeadLetterPage,
  Erasure,
  ErasureAnswer,
  GameSummary,
  Incident,
  IngestAnswer,
  KnownKey,
  Live,
  NewKey,
  QueueStats,
  Report,
  Role,
} from "./types.ts";

/** Why a call failed, in words that can be shown. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /** 0: there was no answer. */
  readonly status: number;
  /** The problem's code; empty where the answer is none of the collector's. */
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  /** The key itself is refused, whatever is asked with it. */
  get isKeyRefused(): boolean {
    return this.status === 401;
  }
}

/** Calls that wait longer than this have failed: the page asks again. */
const TIMEOUT_MS = 15_000;

const ASK_AGAIN = "Is the connection up?";
/** What was asked for may be done, and the answer lost. */
const LOOK_FIRST = "It may have been done nevertheless: look before you do it again.";

/** The calls that the console makes, with the key in a header and nowhere else. All reject with an `ApiError`. */
export interface Api {
  games(signal?: AbortSignal): Promise<GameSummary[]>;
  live(game: string, signal?: AbortSignal): Promise<Live>;
  queue(game: string, signal?: AbortSignal): Promise<QueueStats>;
  flush(game: string): Promise<QueueStats>;
  /** The newest first, the collector's own among them. */
  incidents(game: string, signal?: AbortSignal): Promise<Incident[]>;
  /** The newest first. */
  reports(game: string, signal?: AbortSignal): Promise<Report[]>;
  deadLetters(game: string, after: string | undefined, signal?: AbortSignal): Promise<DeadLetterPage>;
  /** Without ids: all of them. Resolves to how many. */
  replay(game: string, ids?: readonly string[]): Promise<number>;
  /** Rejects with `count_differs` unless there are exactly `count`. */
  purge(game: string, count: number): Promise<number>;
  keys(game: string, signal?: AbortSignal): Promise<KnownKey[]>;
  mint(game: string, role: Role, name: string): Promise<NewKey>;
  revoke(game: string, id: string): Promise<KnownKey>;
  erase(game: string, user: string): Promise<ErasureAnswer>;
  erasures(game: string, signal?: AbortSignal): Promise<Erasure[]>;
  audit(game: string, signal?: AbortSignal): Promise<AuditEntry[]>;
  /** The collector's verdicts, those on a batch that it refuses whole among them. */
  send(events: unknown): Promise<IngestAnswer>;
}

export function createApi({ key }: Session): Api {
  async function ask<Answer>(method: string, path: string, options: AskOptions = {}): Promise<Answer> {
    const { body, signal, takes } = options;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const init: RequestInit = {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      cache: "no-store",
    };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await fetch(path, init).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ApiError(
        0,
        "no_answer",
        `The collector did not answer. ${method === "GET" ? ASK_AGAIN : LOOK_FIRST}`,
      );
    });
    if (!response.ok && response.status !== takes) throw await failureOf(response);
    return response.json().catch(() => {
      throw new ApiError(response.status, "", "The collector's answer could not be read.");
    }) as Promise<Answer>;
  }

  const at = (game: string, path: string) => `/v1/games/${game}/${path}`;

  return {
    games: async (signal) => (await ask<{ games: GameSummary[] }>("GET", "/v1/games", { signal })).games,
    live: (game, signal) => ask("GET", at(game, "live"), { signal }),
    queue: (game, signal) => ask("GET", at(game, "queue"), { signal }),
    flush: (game) => ask("POST", at(game, "queue/flush")),
    incidents: async (game, signal) =>
      (await ask<{ incidents: Incident[] }>("GET", at(game, "incidents"), { signal })).incidents,
    reports: async (game, signal) =>
      (await ask<{ reports: Report[] }>("GET", at(game, "reports"), { signal })).reports,
    deadLetters(game, after, signal) {
      const query = after === undefined ? "" : `?${new URLSearchParams({ after })}`;
      return ask("GET", at(game, `dead-letters${query}`), { signal });
    },
    async replay(game, ids) {
      const body = ids === undefined ? undefined : { ids };
      return (await ask<{ replayed: number }>("POST", at(game, "dead-letters/replay"), { body })).replayed;
    },
    purge: async (game, count) =>
      (await ask<{ purged: number }>("DELETE", at(game, `dead-letters?confirm=${count}`))).purged,
    keys: async (game, signal) => (await ask<{ keys: KnownKey[] }>("GET", at(game, "keys"), { signal })).keys,
    mint: (game, role, name) =>
      ask("POST", at(game, "keys"), { body: { role, ...(name !== "" && { name }) } }),
    revoke: (game, id) => ask("DELETE", at(game, `keys/${encodeURIComponent(id)}`)),
    erase: (game, user) => ask("DELETE", at(game, `users/${encodeURIComponent(user)}`)),
    erasures: async (game, signal) =>
      (await ask<{ erasures: Erasure[] }>("GET", at(game, "erasures"), { signal })).erasures,
    audit: async (game, signal) =>
      (await ask<{ entries: AuditEntry[] }>("GET", at(game, "audit"), { signal })).entries,
    send: (events) => ask("POST", "/v1/events", { body: events, takes: 422 }),
  };
}

interface AskOptions {
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** A status that is no failure beside those of success. */
  takes?: number;
}

/** What the answer says went wrong: a problem's detail, which is written to be read. */
async function failureOf(response: Response): Promise<ApiError> {
  const problem: unknown = await response.json().catch(() => undefined);
  const { code, detail } = (typeof problem === "object" && problem !== null ? problem : {}) as Record<
    string,
    unknown
  >;
  if (typeof code === "string" && typeof detail === "string") {
    return new ApiError(response.status, code, sentence(detail));
  }
  return new ApiError(response.status, "", `The collector answered ${response.status}, and did not say why.`);
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
