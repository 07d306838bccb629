/**
 * Looks after queues whose alarm the platform has lost, and after what operators should hear of. `wrangler.toml` has all of these, too.
 * Every ten minutes, and in the last minute of each hour and day: the live state forgets a day when it is over.
 */
export const WATCH_CRON = "9,19,29,39,49,59 * * * *";

/** Asks for exchange rates. The European Central Bank publishes them on working days around 16:00 CET. */
export const RATES_CRON = "5 * * * *";

/** Reports of the day before, between two checks, which send what is left. */
export const REPORT_CRON = "14 6 * * *";
