import { type Contender, loadPeer, type OpenOptions } from "../contender.ts";

interface Api {
  Analytics: new (options: {
    writeKey: string;
    host: string;
    flushAt?: number;
    flushInterval?: number;
  }) => {
    track(event: { userId: string; event: string; properties: object }): void;
    on(name: "error", listener: (error: unknown) => void): void;
    closeAndFlush(): Promise<void>;
  };
}

const BEST = { flushAt: 500, flushInterval: 1_000 };

export function open({ url, settings }: OpenOptions): Contender {
  const { Analytics } = loadPeer<Api>("@segment/analytics-node");
  const client = new Analytics({ writeKey: "bench", host: url, ...(settings === "best" ? BEST : {}) });
  client.on("error", () => {}); // it would print each of them
  return {
    track: (event, properties) => client.track({ userId: "player-7", event, properties }),
    end: () => client.closeAndFlush(),
  };
}
