import { parseArgs } from "node:util";
import { formatCount, formatTable } from "../../local/table.ts";
import { type FuzzResult, fuzz } from "./fuzz.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const requests = Number(values.requests);
const seed = Number(values.seed);
if (!Number.isSafeInteger(requests) || requests < 1 || !Number.isSafeInteger(seed)) {
  console.error(
    "--requests must be a whole number from 1, --seed a whole number: npm run fuzz -- --requests 100000 --seed 1",
  );
  process.exit(1);
}

console.log(`${formatCount(requests)} requests, seed ${seed}\n`);
const start = performance.now();
const result = await fuzz({ requests, seed });
console.log(report(result, (performance.now() - start) / 1_000));
process.exit(result.findings.length === 0 ? 0 : 1);

function report(result: FuzzResult, seconds: number): string {
  const rows = [...result.statuses]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([route, counts]) => {
      const sorted = [...counts].toSorted(([a], [b]) => a - b);
      const all = sorted.reduce((sum, [, count]) => sum + count, 0);
      return [
        route,
        formatCount(all),
        sorted.map(([status, count]) => `${status}: ${formatCount(count)}`).join(", "),
      ];
    });
  const { accepted, duplicates, deadLettered, stored, logLines, whereabouts, findings } = result;
  const { delivered, waiting, dead_letters, purged, erased } = whereabouts;
  return [
    formatTable(["route", "requests", "answers"], rows, ["answers"]),
    "",
    `accepted ${formatCount(accepted)} (and ${formatCount(duplicates)} duplicates) = delivered ${formatCount(delivered)} + waiting ${waiting} + dead letters ${dead_letters} + purged ${purged} + erased ${formatCount(erased)}`,
    `stored ${formatCount(stored)} · dead letters made ${formatCount(deadLettered)} · ${formatCount(logLines)} log lines · ${seconds.toFixed(0)} s`,
    "",
    findings.length === 0 ? "Nothing was found." : `Found:`,
    ...findings.map(
      ({ problem, example, count }) => `! ${problem} (${formatCount(count)} times)\n    ${example}`,
    ),
  ].join("\n");
}
