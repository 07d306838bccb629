import { createClient } from "../../../sdk/node/index.ts";
import type { Contender, OpenOptions } from "../contender.ts";

/** Our own SDK, from its source. There is nothing to set for many events. */
export function open({ url, path }: OpenOptions): Contender {
  const client = createClient({
    url,
    key: "bench",
    platform: "linux",
    appVersion: "1.0.0",
    userId: "player-7",
    ...(path === undefined ? {} : { path }),
  });
  return {
    track: (name, properties) => client.track(name, properties),
    async end() {
      await client.flush();
      await client.close();
    },
  };
}
