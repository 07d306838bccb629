import { type Contender, loadPeer, type OpenOptions } from "../contender.ts";

type Done = (error?: unknown) => void;

interface Entry {
  event: string;
  properties: object;
}

interface Api {
  init(
    token: string,
    options: { host: string; port: string; protocol: "http" },
  ): {
    track(name: string, properties: object, done: Done): void;
    track_batch(entries: Entry[], options: { max_concurrent_requests: number }, done: Done): void;
  };
}

type Client = ReturnType<Api["init"]>;

export function open({ url, settings }: OpenOptions): Contender {
  const { hostname, port } = new URL(url);
  const client = loadPeer<Api>("mixpanel").init("bench", { host: hostname, port, protocol: "http" });
  return settings === "best" ? buffered(client) : direct(client);
}

/** A request an event: it has no queue, and says by a callback when one is done. */
function direct(client: Client): Contender {
  let underWay = 0;
  let resolveEnd = () => {};
  return {
    track(name, properties) {
      underWay += 1;
      client.track(name, { distinct_id: "player-7", ...properties }, () => {
        underWay -= 1;
        if (underWay === 0) resolveEnd();
      });
    },
    end: () =>
      new Promise((resolve) => {
        resolveEnd = () => resolve(undefined);
        if (underWay === 0) resolveEnd();
      }),
  };
}

/** `track_batch` over a buffer that the caller keeps. */
function buffered(client: Client): Contender {
  const entries: Entry[] = [];
  return {
    track(event, properties) {
      entries.push({ event, properties: { distinct_id: "player-7", ...properties } });
    },
    end: () => new Promise((resolve) => client.track_batch(entries, { max_concurrent_requests: 4 }, resolve)),
  };
}
