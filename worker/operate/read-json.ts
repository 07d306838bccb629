import type * as z from "zod";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { readBody } from "../ingest/read-body.ts";

/** Reads a request's body and holds it against a schema; a problem names the field. */
export async function readJson<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { data, error } = schema.safeParse(parse(await readBody(c.req.raw)));
  if (error) throw new Problem(400, "invalid_body", problemsOf(error));
  return data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "invalid_json", "the body is not JSON");
  }
}

function problemsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
}
