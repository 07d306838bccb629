import { type Contender, loadPeer, type OpenOptions } from "../contender.ts";

interface EventStore {
  count(): Promise<number>;
}

interface Api {
  newTracker(
    tracker: { namespace: string; appId: string; encodeBase64?: boolean },
    emitter: { endpoint: string; bufferSize?: number; maxPostBytes?: number; eventStore?: EventStore },
  ): { setUserId(id: string): void; track(payload: unknown): void; flush(): Promise<void> };
  buildSelfDescribingEvent(event: { event: { schema: string; data: object } }): unknown;
}

interface CoreApi {
  newInMemoryEventStore(options: { maxSize: number }): EventStore;
}

export function open({ url, settings }: OpenOptions): Contender {
  const { newTracker, buildSelfDescribingEvent } = loadPeer<Api>("@snowplow/node-tracker");
  const isBest = settings === "best";
  const tracker = newTracker(
    { namespace: "bench", appId: "bench", ...(isBest ? { encodeBase64: false } : {}) },
    { endpoint: url, ...(isBest ? best() : {}) },
  );
  tracker.setUserId("player-7");
  return {
    track: (name, data) =>
      tracker.track(
        buildSelfDescribingEvent({ event: { schema: `iglu:com.example/${name}/jsonschema/1-0-0`, data } }),
      ),
    end: () => tracker.flush(),
  };
}

function best() {
  const { newInMemoryEventStore } = loadPeer<CoreApi>("@snowplow/tracker-core");
  return {
    bufferSize: 100,
    maxPostBytes: 500_000,
    eventStore: newInMemoryEventStore({ maxSize: 100_000 }),
  };
}
