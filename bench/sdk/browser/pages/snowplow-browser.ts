import { newTracker, trackSelfDescribingEvent } from "@snowplow/browser-tracker";
import type { Open } from "./game.ts";

/** With requests that may outlive their page, and room for all that is reported. */
export const open: Open = (url) => {
  newTracker("bench", url, {
    appId: "bench",
    encodeBase64: false,
    keepalive: true,
    maxLocalStorageQueueSize: 10_000,
  });
  return {
    track: (name, data) =>
      trackSelfDescribingEvent({ event: { schema: `iglu:com.example/${name}/jsonschema/1-0-0`, data } }),
  };
};
