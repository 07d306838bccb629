import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type BatchSizeResult, benchIngest } from "./ingest.ts";
import { reportAims, reportCost, reportSpeed } from "./ingest-report.ts";
import { STATE_ROOT } from "./scratch.ts";
import { workerdVersion } from "./workerd.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "1,10,50,500" },
    json: { type: "string" },
  },
});

const bench = positionals[0] ?? "ingest";
if (bench !== "ingest") {
  console.error(`There is no bench "${bench}". Run \`npm run bench\`, see bench/README.md.`);
  process.exit(1);
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"} · node ${process.versions.node} · workerd ${workerdVersion()} · state in ${STATE_ROOT}\n`,
);
const results: BatchSizeResult[] = [];
for await (const result of benchIngest({
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  batchSizes: values.only.split(",").map(Number),
})) {
  console.log(`${reportSpeed(result)}\n`);
  results.push(result);
}
console.log(`${reportCost(results)}\n`);
console.log(reportAims(results));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
