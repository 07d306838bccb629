/** Who is measured. */
export const CONTENDERS = [
  "playtrail",
  "posthog-node",
  "segment",
  "snowplow-node",
  "amplitude-node",
  "mixpanel",
  "gameanalytics",
] as const;

/** The name of one of them. */
export type ContenderName = (typeof CONTENDERS)[number];

/** What has an adapter, `contenders/<name>.ts`. The floor is what any SDK for this collector pays at least. */
export type AdapterName = ContenderName | "floor";

/** What is to be known of a contender beside its adapter. */
export interface Traits {
  /** Its package on npm. */
  package: string;
  /** Its manual offers settings for many events. */
  hasBest?: true;
  /** It is given at most so many events. */
  maxEvents?: number;
  /** It has no call that waits for delivery: when it has sent nothing for so long, it is done. */
  quietMs?: number;
}

export const TRAITS: Record<AdapterName, Traits> = {
  playtrail: { package: "playtrail" },
  "posthog-node": { package: "posthog-node", hasBest: true },
  segment: { package: "@segment/analytics-node", hasBest: true },
  "snowplow-node": { package: "@snowplow/node-tracker", hasBest: true },
  "amplitude-node": { package: "@amplitude/analytics-node", hasBest: true },
  mixpanel: { package: "mixpanel", hasBest: true },
  // Beyond 2,000 it takes none until those are sent. It looks every 8 s, after blocking for as long.
  gameanalytics: { package: "gameanalytics", maxEvents: 2_000, quietMs: 25_000 },
  floor: { package: "none" },
};
