import type { Drill } from "./drill.ts";
import { backlog } from "./drills/backlog.ts";
import { clock } from "./drills/clock.ts";
import { crash } from "./drills/crash.ts";
import { deploy } from "./drills/deploy.ts";
import { dropped } from "./drills/dropped.ts";
import { eviction } from "./drills/eviction.ts";
import { fullQueue } from "./drills/full-queue.ts";
import { partial } from "./drills/partial.ts";
import { poison } from "./drills/poison.ts";
import { resharding } from "./drills/resharding.ts";
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
  poison,
  backlog,
  fullQueue,
  clock,
  resharding,
  wrongStream,
  rush,
  deploy,
];
