import { flush, init, setTransport, track } from "@amplitude/analytics-browser";
import type { Open } from "./game.ts";

declare function addEventListener(name: "pagehide", listener: () => void): void;

/** With what its manual has a page do that is left: beacons. */
export const open: Open = async (url) => {
  const options = { autocapture: false, fetchRemoteConfig: false, logLevel: 0 };
  await init("bench", { serverUrl: `${url}/2/httpapi`, ...options }).promise;
  addEventListener("pagehide", () => {
    setTransport("beacon");
    flush();
  });
  return { track };
};
