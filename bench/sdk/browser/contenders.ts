/** Who is measured in a page. */
export const BROWSER_CONTENDERS = [
  "playtrail",
  "posthog-js",
  "snowplow-browser",
  "amplitude-browser",
  "mixpanel-browser",
  "gameanalytics",
] as const;

/** The name of one of them, and of its adapter, `pages/<name>.ts`. */
export type BrowserContender = (typeof BROWSER_CONTENDERS)[number];

/** What is to be known of a contender beside its adapter. */
export interface BrowserTraits {
  /** Its package on npm. */
  package: string;
  /** It takes a minute where others take seconds: nothing for a quick run, and measured once. */
  isSlow?: true;
}

export const BROWSER_TRAITS: Record<BrowserContender, BrowserTraits> = {
  playtrail: { package: "playtrail" },
  "posthog-js": { package: "posthog-js" },
  "snowplow-browser": { package: "@snowplow/browser-tracker" },
  "amplitude-browser": { package: "@amplitude/analytics-browser" },
  "mixpanel-browser": { package: "mixpanel-browser" },
  // It starts for seconds, looks for events every 8 s, and blocks for as long.
  gameanalytics: { package: "gameanalytics", isSlow: true },
};
