/** The SDK for a script tag: `playtrail.createClient(…)`. */
import { createClient } from "./index.ts";

Object.assign(globalThis, { playtrail: { createClient } });
