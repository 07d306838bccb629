import { app } from "./app.ts";
import { RATES_CRON } from "./schedule/crons.ts";
import { bringRates } from "./schedule/rates/bring.ts";
import { watch } from "./schedule/watchdog.ts";

export { GameQueue } from "./queue/game-queue.ts";
export { Registry } from "./queue/registry.ts";
export { Tail } from "./tail/tail.ts";

export default {
  fetch: app.fetch,
  scheduled: ({ cron }, env) => (cron === RATES_CRON ? bringRates(env) : watch(env)),
} satisfies ExportedHandler<Env>;
