import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { runDedup } from "./dedup.ts";
import { runProof } from "./proof/index.ts";
import { runCost } from "./run-cost.ts";
import { runIngest } from "./run-ingest.ts";
import { runTail } from "./run-tail.ts";
import { STATE_ROOT } from "./scratch.ts";
import { runSdk } from "./sdk/index.ts";
import { runWarehouse } from "./warehouse/index.ts";
import { workerdVersion } from "./workerd.ts";

/** What can be said on the command line, for those benches that it means something to. */
export interface BenchOptions {
  /** How long one measurement lasts. */
  seconds: number;
  /** How often each contender is measured. */
  rounds: number;
  /** Events a request; absent: the bench's own choice. */
  batchSizes?: number[];
  /** What alone is to be measured, by name; absent: everything. */
  only?: string[];
  /** Less, and sooner. */
  quick?: boolean;
}

/** Each bench prints what it finds as it goes, and returns it for `--json`. */
const BENCHES: Record<string, (options: BenchOptions) => Promise<unknown>> = {
  proof: runProof,
  ingest: runIngest,
  cost: runCost,
  dedup: runDedup,
  sdk: runSdk,
  tail: runTail,
  warehouse: runWarehouse,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    quick: { type: "boolean" },
    json: { type: "string" },
  },
});

const name = positionals[0] ?? "proof";
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`There is no bench "${name}", only ${Object.keys(BENCHES).join(", ")}: see bench/README.md.`);
  process.exit(1);
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"} · node ${process.versions.node} · workerd ${workerdVersion()} · state in ${STATE_ROOT}\n`,
);
const results = await bench({
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  batchSizes: values.only?.split(",").map(Number),
  only: values.only?.split(","),
  quick: values.quick,
});
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
