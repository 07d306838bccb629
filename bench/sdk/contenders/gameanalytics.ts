import { type Contender, loadPeer, type OpenOptions } from "../contender.ts";
import { installBrowserStandIns } from "./browser-stand-ins.ts";

interface Api {
  http: { GAHTTPApi: { instance: { baseUrl: string; remoteConfigsBaseUrl: string } } };
  GameAnalytics: {
    initialize(gameKey: string, secretKey: string): void;
    addDesignEvent(id: string, value: number, fields: object): void;
  };
}

/** It is made for browsers: in Node it runs over stand-ins for what it misses, and has no call that waits for delivery. */
export async function open({ url }: OpenOptions): Promise<Contender> {
  installBrowserStandIns();
  const { GameAnalytics, http } = loadPeer<Api>("gameanalytics/dist/GameAnalytics.node.js");
  // It has no option for this.
  http.GAHTTPApi.instance.baseUrl = `${url}/v2`;
  http.GAHTTPApi.instance.remoteConfigsBaseUrl = `${url}/remote_configs/v1`;
  GameAnalytics.initialize("a".repeat(32), "b".repeat(40));
  // Its tasks run by a timer of 1 s. Before the session began, it throws events away.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  return { track: (name, fields) => GameAnalytics.addDesignEvent(name, 1, fields) };
}
