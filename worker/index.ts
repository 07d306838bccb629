import { app } from "./app.ts";

export { GameQueue } from "./queue/game-queue.ts";
export { Registry } from "./queue/registry.ts";

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
