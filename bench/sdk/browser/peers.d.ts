/**
 * As much of each SDK's API as its adapter uses. The compiler takes these and not the packages' own types: `npm run check` needs no peer
 * installed, and no types of browsers for ours.
 */

declare module "playtrail/browser" {
  export function createClient(options: { url: string; key: string; appVersion: string }): {
    track(name: string, properties: Record<string, string | number>): void;
  };
}

declare module "posthog-js" {
  const posthog: {
    init(
      key: string,
      options: {
        api_host: string;
        autocapture: boolean;
        capture_pageview: boolean;
        capture_pageleave: boolean;
        disable_session_recording: boolean;
        disable_surveys: boolean;
        advanced_disable_flags: boolean;
        opt_out_useragent_filter: boolean;
        rate_limiting: { events_per_second: number; events_burst_limit: number };
      },
    ): unknown;
    capture(name: string, properties: object): void;
  };
  export default posthog;
}

declare module "@snowplow/browser-tracker" {
  export function newTracker(
    namespace: string,
    endpoint: string,
    options: { appId: string; encodeBase64: boolean; keepalive: boolean; maxLocalStorageQueueSize: number },
  ): unknown;
  export function trackSelfDescribingEvent(event: { event: { schema: string; data: object } }): void;
}

declare module "@amplitude/analytics-browser" {
  export function init(
    key: string,
    options: { serverUrl: string; autocapture: boolean; fetchRemoteConfig: boolean; logLevel: number },
  ): { promise: Promise<void> };
  export function track(name: string, properties: object): unknown;
  export function setTransport(transport: "beacon"): void;
  export function flush(): unknown;
}

declare module "mixpanel-browser" {
  const mixpanel: {
    init(
      token: string,
      options: { api_host: string; persistence: "localStorage"; batch_requests: boolean },
    ): unknown;
    track(name: string, properties: object): void;
  };
  export default mixpanel;
}

declare module "gameanalytics" {
  const gameanalytics: {
    http: { GAHTTPApi: { instance: { baseUrl: string; remoteConfigsBaseUrl: string } } };
    GameAnalytics: {
      initialize(gameKey: string, secretKey: string): void;
      addDesignEvent(id: string, value: number, fields: object): void;
    };
  };
  export default gameanalytics;
}
