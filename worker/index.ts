import { app } from "./app.ts";
import { watch } from "./schedule/watchdog.ts";

export { GameQueue } from "./queue/game-queue.ts";
export { Registry } from "./queue/registry.ts";

export default {
  fetch: app.fetch,
  scheduled: (_, env) => watch(env),
} satisfies ExportedHandler<Env>;
