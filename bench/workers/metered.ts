import * as playtrail from "../../worker/index.ts";
import { addMeter, readMeter } from "./meter.ts";

export * from "../../worker/index.ts";

const { default: worker, ...classes } = playtrail;
for (const each of Object.values(classes)) addMeter(each);

/** The Worker that is deployed, and a meter on its Durable Objects. */
export default {
  fetch(request, env, ctx) {
    return new URL(request.url).pathname === "/__meter" ? readMeter() : worker.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
