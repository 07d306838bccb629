import production from "../../worker/index.ts";
import { GameQueue as ProductionQueue } from "../../worker/queue/game-queue.ts";

// The production Worker, in a world whose clock can be set: `POST /__clock` with the milliseconds that it is ahead of the true one.
// Only what the Worker itself reads of the time jumps. The signature of a call is made by `new Date()`, and keeps the true time:
// AWS's clock does not jump with ours.

export * from "../../worker/index.ts";

const trueNow = Date.now;
let aheadMs = 0;
Date.now = () => trueNow() + aheadMs;

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== "/__clock") return production.fetch(request, env, ctx);
    aheadMs = Number(await request.text());
    return new Response(null, { status: 204 });
  },
};

/** The runtime's alarms go by the true time, as a timer that runs goes on unmoved when a machine's clock is set. */
export class GameQueue extends ProductionQueue {
  constructor(ctx: DurableObjectState, env: Env) {
    const { storage } = ctx;
    const setAlarm = storage.setAlarm.bind(storage);
    storage.setAlarm = (at, options) => setAlarm(Number(at) - aheadMs, options);
    super(ctx, env);
  }
}
