import gameanalytics from "gameanalytics";
import type { Open } from "./game.ts";

export const open: Open = async (url) => {
  const { GameAnalytics, http } = gameanalytics;
  // It has no option for this.
  http.GAHTTPApi.instance.baseUrl = `${url}/v2`;
  http.GAHTTPApi.instance.remoteConfigsBaseUrl = `${url}/remote_configs/v1`;
  GameAnalytics.initialize("a".repeat(32), "b".repeat(40));
  // Its tasks run by a timer of 1 s. Before the session began, it throws events away.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  return { track: (name, fields) => GameAnalytics.addDesignEvent(name, 1, fields) };
};
