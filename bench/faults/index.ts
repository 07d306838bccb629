import { parseArgs } from "node:util";
import { DRILLS } from "./drills.ts";
import { formatReport, type Row } from "./report.ts";

const { values } = parseArgs({
  options: { only: { type: "string" }, short: { type: "boolean", default: false } },
});

const numbers = values.only?.split(",").map(Number) ?? DRILLS.map(({ number }) => number);
const unknown = numbers.filter((number) => !DRILLS.some((drill) => drill.number === number));
if (unknown.length > 0) {
  console.error(`There is no drill ${unknown.join(", ")}, see docs/drills.md.`);
  process.exit(1);
}

const rows: Row[] = [];
for (const drill of DRILLS.filter(({ number }) => numbers.includes(number))) {
  const start = performance.now();
  const outcome = await drill.run(values.short ? "short" : "full");
  rows.push({ drill, outcome });
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${outcome.problems.length === 0 ? "✓" : "✗"} ${drill.number} ${drill.name} (${seconds} s)`);
  for (const problem of outcome.problems) console.log(`  ! ${problem}`);
}
console.log(`\n${formatReport(rows)}`);
// Idle connections and the harness's timers would keep the process for a while.
process.exit(rows.every(({ outcome }) => outcome.problems.length === 0) ? 0 : 1);
