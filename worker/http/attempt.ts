import type { Context, MiddlewareHandler } from "hono";
import { requestId } from "hono/request-id";
import * as z from "zod";
import type { App, AppContext } from "./context.ts";

/** The calls whose callers may be browsers, which must ask first (a preflight) before they send a header of their own. */
const QUERIED_PATHS = ["/v1/events", "/v1/events/validate"];

/** What such a caller may say in the query in place of a header. */
export const attemptQuerySchema = z.object({
  request_id: z
    .string()
    .regex(/^[\w\-=]{1,255}$/) // what hono takes from the header
    .meta({ description: "in place of the header X-Request-Id, which wins where both are there" })
    .optional(),
  attempt: z.coerce
    .number()
    .int()
    .min(1)
    .max(99)
    .meta({
      description:
        "the how-manieth attempt at this request, in place of the header X-Attempt, which wins; it is logged",
    })
    .optional(),
});

const { request_id: requestIdSchema, attempt: attemptSchema } = attemptQuerySchema.shape;

/** Gives each request its id: its caller's, where there is a valid one. */
export function nameRequest(): MiddlewareHandler<App> {
  return requestId({
    generator: (c) => requestIdSchema.safeParse(queried(c, "request_id")).data ?? crypto.randomUUID(),
  });
}

/** The how-manieth attempt at a request this is, where its caller says so. */
export function attemptOf(c: AppContext): number | undefined {
  return attemptSchema.safeParse(c.req.header("X-Attempt") ?? queried(c, "attempt")).data;
}

function queried(c: Context, name: keyof typeof attemptQuerySchema.shape): string | undefined {
  return c.req.method === "POST" && QUERIED_PATHS.includes(c.req.path) ? c.req.query(name) : undefined;
}
