import { type Contender, loadPeer, type OpenOptions } from "../contender.ts";

interface Api {
  createInstance(): {
    init(
      key: string,
      options: { serverUrl: string; logLevel: number; flushQueueSize?: number; flushIntervalMillis?: number },
    ): { promise: Promise<void> };
    track(name: string, properties: object, options: { user_id: string }): unknown;
    flush(): { promise: Promise<void> };
  };
}

const BEST = { flushQueueSize: 1_000, flushIntervalMillis: 1_000 };

export async function open({ url, settings }: OpenOptions): Promise<Contender> {
  const client = loadPeer<Api>("@amplitude/analytics-node").createInstance();
  const options = { serverUrl: `${url}/2/httpapi`, logLevel: 0, ...(settings === "best" ? BEST : {}) };
  await client.init("bench", options).promise;
  return {
    track: (name, properties) => client.track(name, properties, { user_id: "player-7" }),
    end: () => client.flush().promise,
  };
}
