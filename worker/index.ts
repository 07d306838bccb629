import { app } from "./app.ts";
import { runCron } from "./schedule/run-cron.ts";

export { Leaderboards } from "./leaderboards/boards.ts";
export { GameQueue } from "./queue/game-queue.ts";
export { Registry } from "./queue/registry.ts";
export { Operations } from "./schedule/operations.ts";
export { Tail } from "./tail/tail.ts";

export default {
  fetch: app.fetch,
  scheduled: ({ cron }, env) => runCron(cron, env),
} satisfies ExportedHandler<Env>;
