import mixpanel from "mixpanel-browser";
import type { Open } from "./game.ts";

/** With its queue in `localStorage`, as it comes. */
export const open: Open = (url) => {
  mixpanel.init("bench", { api_host: url, persistence: "localStorage", batch_requests: true });
  return { track: (name, properties) => mixpanel.track(name, properties) };
};
