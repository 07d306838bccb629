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
let hasFailed = false;
for (const drill of DRILLS.filter(({ number }) => numbers.includes(number))) {
  const start = performance.now();
  const problems: string[] = [];
  try {
    const outcome = await drill.run(values.short ? "short" : "full");
    problems.push(...outcome.problems);
    rows.push({ drill, outcome });
  } catch (error) {
    problems.push(String(error));
  }
  hasFailed ||= problems.length > 0;
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${problems.length === 0 ? "✓" : "✗"} ${drill.number} ${drill.name} (${seconds} s)`);
  for (const problem of problems) console.log(`  ! ${problem}`);
}
console.log(`\n${formatReport(rows)}`);
// Idle connections and the harness's timers would keep the process for a while.
process.exit(hasFailed ? 1 : 0);
