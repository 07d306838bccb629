/** What the script tag brings; `undefined` where an ad blocker keeps it out. */
declare var playtrail: Pick<typeof import("playtrail/browser"), "createClient"> | undefined;
