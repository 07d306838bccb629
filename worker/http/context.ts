import type { Context } from "hono";
import type { Claims } from "../auth/keys.ts";
import type { Config } from "../config.ts";
import type { AuditEntry } from "../queue/registry.ts";

/** What a route adds to the log line of its request: the verdicts on its events, or what else is worth knowing. */
interface LogFields extends Record<string, unknown> {
  accepted?: number;
  duplicates?: number;
  rejected?: number;
  retry?: number;
}

/** What middleware leaves for the routes behind it. */
export interface App {
  Bindings: Env;
  Variables: {
    requestId: string;
    config: Config;
    claims: Claims;
    logFields: LogFields;
    /** What a route changes, for the audit: `noteChange`. Absent: nothing. */
    change: AuditEntry["detail"] | undefined;
  };
}
export type AppContext = Context<App>;
