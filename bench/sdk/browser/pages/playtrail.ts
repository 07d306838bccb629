import { createClient } from "playtrail/browser";
import type { Open } from "./game.ts";

/** Our own SDK, as it comes. */
export const open: Open = (url) => createClient({ url, key: "bench", appVersion: "1.0.0" });
