import { type Contender, loadPeer, type OpenOptions } from "../contender.ts";

interface Api {
  PostHog: new (
    key: string,
    options: { host: string; flushAt?: number; maxBatchSize?: number; maxQueueSize?: number },
  ) => {
    capture(event: { distinctId: string; event: string; properties: object }): void;
    flush(): Promise<void>;
    shutdown(): Promise<void>;
  };
}

const BEST = { flushAt: 100, maxBatchSize: 1_000, maxQueueSize: 100_000 };

export function open({ url, settings }: OpenOptions): Contender {
  const { PostHog } = loadPeer<Api>("posthog-node");
  const client = new PostHog("phc_bench", { host: url, ...(settings === "best" ? BEST : {}) });
  return {
    track: (event, properties) => client.capture({ distinctId: "player-7", event, properties }),
    async end() {
      // shutdown() flushes too, but within 30 s of its own. A flush that fails rejects.
      await client.flush().catch(() => {});
      await client.shutdown();
    },
  };
}
