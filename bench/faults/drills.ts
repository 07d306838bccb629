import type { Drill } from "./drill.ts";
import { backlog } from "./drills/backlog.ts";
import { crash } from "./drills/crash.ts";
import { dropped } from "./drills/dropped.ts";
import { eviction } from "./drills/eviction.ts";
import { partial } from "./drills/partial.ts";
import { rush } from "./drills/rush.ts";
import { throttled } from "./drills/throttled.ts";
import { timeouts } from "./drills/timeouts.ts";
import { unavailable } from "./drills/unavailable.ts";
import { wrongStream } from "./drills/wrong-stream.ts";

/** All of them, in the order in which they are run. */
export const DRILLS: readonly Drill[] = [
  unavailable,
  throttled,
  partial,
  dropped,
  timeouts,
  crash,
  eviction,
  backlog,
  wrongStream,
  rush,
];
