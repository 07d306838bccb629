import type * as z from "zod";
import type { AppContext } from "../http/context.ts";
import { describeIssues } from "../http/issues.ts";
import { Problem } from "../http/problem.ts";
import { readBounded } from "../http/read-bounded.ts";
import { readBody, unsupportedMediaType } from "../ingest/read-body.ts";

/** Reads a request's body and holds it against a schema; a problem names the field. */
export async function readJson<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { data, error } = schema.safeParse(parse(await readBody(c.req.raw)));
  if (error) throw new Problem(400, "invalid_body", describeIssues(error));
  return data;
}

/** The same, or `null` where there is no body: that of no bytes, which `curl -X POST` sends, says no media type. */
export async function readJsonIfAny<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
): Promise<z.infer<Schema> | null> {
  const { body, headers } = c.req.raw;
  if (body === null) return null;
  if (headers.get("Content-Type") !== null) return readJson(c, schema);
  await readBounded(body, 0, unsupportedMediaType);
  return null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "invalid_json", "the body is not JSON");
  }
}
