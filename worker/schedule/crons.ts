/** Asks for exchange rates. The European Central Bank publishes them on working days around 16:00 CET; `wrangler.toml` has it too. */
export const RATES_CRON = "5 * * * *";
