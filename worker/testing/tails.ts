import { exports } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { key } from "./requests.ts";

/** What a tail shows of an event. */
export interface ShownItem {
  at: string;
  status: string;
  event: { event_id?: string; event_type?: string; user_id?: string } & Record<string, unknown>;
  warnings?: { path: string; code: string }[];
  errors?: { path: string; code: string }[];
}

export interface Frame {
  n: number;
  items: ShownItem[];
  skipped?: number;
}

/** Asks for a tail of a game, as a WebSocket's client does; `headers` override. */
export async function askForTail(game: string, query = "", headers: Record<string, string> = {}) {
  return exports.default.fetch(`https://collector.test/v1/games/${game}/tail${query}`, {
    headers: { Upgrade: "websocket", Authorization: `Bearer ${await key("read", game)}`, ...headers },
  });
}

/** A client of a tail, that acknowledges every frame at once, unless it `isSlow`. */
export class TailClient {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  pongs = 0;
  closed: { code: number; reason: string } | undefined;

  constructor({ webSocket }: Response, { isSlow = false } = {}) {
    if (webSocket === null) throw new Error("the tail was refused");
    this.socket = webSocket;
    webSocket.accept();
    webSocket.addEventListener("message", ({ data }) => {
      if (data === "pong") {
        this.pongs++;
        return;
      }
      const frame: Frame = JSON.parse(String(data));
      this.frames.push(frame);
      if (!isSlow) this.say({ ack: frame.n });
    });
    webSocket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
    });
  }

  get items(): ShownItem[] {
    return this.frames.flatMap(({ items }) => items);
  }

  /** The names (a field of events of type `custom`) of what was shown. */
  get names(): unknown[] {
    return this.items.map(({ event }) => event.name);
  }

  get skipped(): number {
    return this.frames.reduce((sum, { skipped = 0 }) => sum + skipped, 0);
  }

  say(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Waits until something is so. */
  async until(isSo: (client: this) => boolean): Promise<void> {
    await vi.waitFor(() => expect(isSo(this)).toBe(true), { timeout: 5_000, interval: 10 });
  }
}

/** Opens a tail of a game. */
export async function openTail(
  game: string,
  { query, headers, isSlow }: { query?: string; headers?: Record<string, string>; isSlow?: boolean } = {},
): Promise<TailClient> {
  return new TailClient(await askForTail(game, query, headers), { isSlow });
}
