import { afterAll, expect, test } from "vitest";
import { openQuality } from "../quality/testing.ts";

const quality = await openQuality();
afterAll(() => quality.warehouse.close());

test("raw lines are kept for 30 days", async () => {
  const line = { payload: { record_type: "event" }, src_file: "a.json.gz" };
  await quality.insert(
    "raw.raw_events",
    { ...line, src_row: 1, loaded_at: "2026-10-22 12:59:59" },
    { ...line, src_row: 2, loaded_at: "2026-10-22 13:00:00" },
    { ...line, src_row: 3, loaded_at: "2026-11-21 12:00:00" },
  );
  await quality.warehouse.run("EXECUTE TASK load.expire_raw");
  expect(await quality.query("SELECT src_row FROM raw.raw_events ORDER BY src_row")).toEqual([
    { src_row: 2 },
    { src_row: 3 },
  ]);
});

test("rejected events are kept for 90 days: no erasure finds those that name no player", async () => {
  const rejection = { rejected_by: "collector", reason: "required" };
  await quality.insert(
    "core.rejected_events",
    { ...rejection, rejection_id: "old", loaded_at: "2026-08-23 12:59:59" },
    { ...rejection, rejection_id: "young", loaded_at: "2026-08-23 13:00:00" },
  );
  await quality.warehouse.run("EXECUTE TASK load.expire_rejected");
  expect(await quality.query("SELECT rejection_id FROM core.rejected_events")).toEqual([
    { rejection_id: "young" },
  ]);
});
