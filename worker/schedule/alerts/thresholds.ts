const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** From where on something is an incident: the one place to change it. `docs/alerts.md` says why each is what it is. */
export const THRESHOLDS = {
  /** A queue delivers after seconds; backoff asks for 5 minutes at most. */
  STUCK_AGE_MS: 10 * MINUTE_MS,
  /** More than so much of what came in the last hour was rejected, of at least so many events. */
  REJECTED_SHARE: 0.05,
  REJECTED_EVENTS_MIN: 100,
  /** Nothing came for so long, at a time at which something came on so many of the last seven days. */
  SILENCE_MS: HOUR_MS,
  SILENCE_DAYS: 7,
  SILENCE_USUAL_DAYS: 4,
  /** Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993): a modified z-score beyond 3.5 is an outlier. */
  REVENUE_Z: 3.5,
  REVENUE_DAYS_MIN: 14,
  REVENUE_DAYS_MAX: 28,
  /** The least deviation that is taken for usual, of the median: with it an hour is unusual from 52 % more or less on. */
  REVENUE_MAD_FLOOR: 0.1,
  /** The ECB's longest pause, at Easter, is five days. */
  RATES_AGE_MS: 7 * DAY_MS,
  /** Runs in a row: half an hour of the watchdog and the checks, a day of exchange rates, one daily report. */
  FAILED_RUNS: { watchdog: 3, alerts: 3, rates: 24, reports: 1 },
} as const;

/** A condition is over after it was false so many checks in a row: one that comes and goes is one incident. */
export const FINE_CHECKS_TO_RECOVER = 2;

/** An incident that goes on is told again after so long. */
export const REMIND_AFTER_MS = DAY_MS;
