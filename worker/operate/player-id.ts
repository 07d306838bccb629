import { contextSchema } from "../events/schemas.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";

/** The player whom the path names. */
export function playerOf(c: AppContext): string {
  const { success, data } = contextSchema.shape.user_id.safeParse(c.req.param("user"));
  if (success && isEncoded(new URL(c.req.url).pathname)) return data;
  throw new Problem(400, "invalid_user", "a player's id has 1–128 characters, URL-encoded in the path");
}

/** Whether it is UTF-8 that was URL-encoded. Hono leaves anything else as it is, and it would be some other player who is erased: nobody. */
function isEncoded(pathname: string): boolean {
  try {
    decodeURIComponent(pathname);
    return true;
  } catch {
    return false;
  }
}
