import posthog from "posthog-js";
import type { Open } from "./game.ts";

/** Without what it reports of itself. As it comes it takes 10 events a second, and throws away what is beyond 100 at once. */
export const open: Open = (url) => {
  posthog.init("phc_bench", {
    api_host: url,
    autocapture: false,
    capture_pageview: false,
    capture_pageleave: false,
    disable_session_recording: true,
    disable_surveys: true,
    advanced_disable_flags: true,
    opt_out_useragent_filter: true, // it reports nothing for a browser without a head
    rate_limiting: { events_per_second: 1_000, events_burst_limit: 10_000 },
  });
  return { track: (name, properties) => posthog.capture(name, properties) };
};
