import { retryDelayMs } from "./backoff.ts";
import type { Session } from "./session.ts";
import type { TailFilter, TailFrame, TailItem } from "./types.ts";

/** Where the connection stands. */
export type TailState =
  | { kind: "connecting" }
  | { kind: "live" }
  /** Lost, or never made; it is tried again by itself, after so long. */
  | { kind: "waiting"; ms: number };

export interface TailListeners {
  /** `skipped`: how many events the collector has left out, since there were too many. */
  items(items: TailItem[], skipped: number): void;
  state(state: TailState): void;
  /** A browser does not say why a connection was refused: ask with the same key by another call. */
  refused(): void;
}

/** A game's events as they arrive. It connects again by itself until it is closed. */
export interface Tail {
  filter(filter: TailFilter): void;
  close(): void;
}

export function openTail({ key }: Session, game: string, listeners: TailListeners): Tail {
  let filter: TailFilter = {};
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let socket = connect();

  function connect(): WebSocket {
    listeners.state({ kind: "connecting" });
    const own = new WebSocket(addressOf(game), ["playtrail.tail", `bearer.${key}`]);
    let wasOpen = false;
    own.onopen = () => {
      wasOpen = true;
      // Not in the address: it would put players' ids into logs.
      own.send(JSON.stringify({ filter }));
      listeners.state({ kind: "live" });
    };
    own.onmessage = ({ data }) => {
      failures = 0;
      const { n, items, skipped = 0 } = JSON.parse(String(data)) as TailFrame;
      own.send(JSON.stringify({ ack: n }));
      listeners.items(items, skipped);
    };
    own.onclose = () => {
      failures++;
      const ms = retryDelayMs(failures, Math.random);
      listeners.state({ kind: "waiting", ms });
      if (!wasOpen) listeners.refused();
      timer = setTimeout(() => {
        socket = connect();
      }, ms);
    };
    return own;
  }

  return {
    filter(wanted) {
      filter = wanted;
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ filter }));
    },
    close() {
      clearTimeout(timer);
      socket.onclose = null;
      socket.onmessage = null;
      socket.close();
    },
  };
}

function addressOf(game: string): string {
  const url = new URL(`/v1/games/${game}/tail`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
