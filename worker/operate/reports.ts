import * as z from "zod";
import type { AppContext } from "../http/context.ts";
import { reach } from "../http/reach.ts";
import { operationsOf } from "../schedule/operations.ts";
import { type Report, reportSchema } from "../schedule/reports/report.ts";

export const reportsSchema = z.object({ reports: z.array(reportSchema) });

/** `GET /v1/games/:game/reports`: the daily reports of the last 30 days, the latest first. */
export async function listReports(c: AppContext): Promise<Response> {
  const asking = operationsOf(c.env).reportsOf(c.req.param("game") ?? "");
  const reports = await reach<Report[]>("operations", "the reports could not be read: ask again", asking);
  return c.json({ reports }, 200, { "Cache-Control": "no-store" });
}
