/** Measures one contender on one directory of objects, in a process of its own, so that its memory is its own, too. */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { createWarehouse } from "../../snowflake/duckdb/index.ts";

export interface Step {
  contender: "playtrail" | "bare";
  /** The objects. */
  stage: string;
  /** Where the database goes. */
  scratch: string;
}

/** Seconds of each stage, processor time of copy and load, and the most memory that the process held. */
export interface Measured {
  copyS: number;
  loadS: number;
  readS: number;
  cpuS: number;
  peakBytes: number;
  events: number;
}

const NOW = new Date("2026-11-21T23:59:59.000Z");

/** What a dashboard of a day asks for. */
const MARTS = [
  "SELECT * FROM marts.daily_kpis",
  "SELECT * FROM marts.daily_revenue",
  "SELECT * FROM marts.retention_cohorts",
];

async function measurePlaytrail({ stage, scratch }: Step): Promise<Measured> {
  const warehouse = await createWarehouse({ database: join(scratch, "warehouse.duckdb"), stage, now: NOW });
  const before = process.cpuUsage();
  const copyS = await secondsOf(() => warehouse.copy("raw.events_pipe"));
  const loadS = await secondsOf(() => warehouse.runTasks());
  const cpuS = processorSeconds(before);
  const readS = await secondsOf(async () => {
    for (const mart of MARTS) await warehouse.query(mart);
  });
  const [count] = await warehouse.query("SELECT COUNT(*) AS events FROM core.events");
  await warehouse.close();
  return { copyS, loadS, readS, cpuS, peakBytes: peak(), events: Number(count?.events) };
}

/** What the same machine does with the same files at the least: DuckDB's own reader, types guessed, one row an `event_id`. */
async function measureBare({ stage, scratch }: Step): Promise<Measured> {
  const instance = await DuckDBInstance.create(join(scratch, "bare.duckdb"));
  const connection = await instance.connect();
  const before = process.cpuUsage();
  const copyS = await secondsOf(() =>
    connection.run(
      `CREATE TABLE lines AS SELECT * FROM read_json_auto('${stage}/*.gz', union_by_name = true)`,
    ),
  );
  const loadS = await secondsOf(() =>
    connection.run(
      "CREATE TABLE events AS SELECT DISTINCT ON (event_id) * FROM lines WHERE event_id IS NOT NULL",
    ),
  );
  const cpuS = processorSeconds(before);
  const count = await connection.runAndReadAll("SELECT COUNT(*)::INTEGER FROM events");
  connection.closeSync();
  instance.closeSync();
  return {
    copyS,
    loadS,
    readS: 0,
    cpuS,
    peakBytes: peak(),
    events: Number(count.getRows()[0]?.[0]),
  };
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

/** Of all threads. */
function processorSeconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** https://nodejs.org/api/process.html#processresourceusage: kilobytes. */
function peak(): number {
  return process.resourceUsage().maxRSS * 1_024;
}

process.once("message", async (step: Step) => {
  const measured = step.contender === "bare" ? await measureBare(step) : await measurePlaytrail(step);
  process.send?.(measured, () => process.disconnect());
});
