/** One for each environment of wrangler.toml. */
export const STACKS = { production: "playtrail", staging: "playtrail-staging" } as const;
