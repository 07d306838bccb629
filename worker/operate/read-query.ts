import type * as z from "zod";
import type { AppContext } from "../http/context.ts";
import { describeIssues } from "../http/issues.ts";
import { Problem } from "../http/problem.ts";

/** The query of a request, checked; what is wrong with it names its parameter. */
export function readQuery<Schema extends z.ZodType>(c: AppContext, schema: Schema): z.infer<Schema> {
  const { data, error } = schema.safeParse(c.req.query());
  if (error) throw new Problem(400, "invalid_query", describeIssues(error));
  return data;
}
