import type { Context } from "hono";
import type { Claims } from "../auth/keys.ts";
import type { Config } from "../config.ts";

/** What middleware leaves for the routes behind it. */
export interface App {
  Bindings: Env;
  Variables: {
    requestId: string;
    config: Config;
    claims: Claims;
    /** What a route adds to the request's log line. */
    logFields: Record<string, unknown>;
  };
}
export type AppContext = Context<App>;
