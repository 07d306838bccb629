/** `npm run sql -- "select …"`: asks the laptop's warehouse, in Snowflake's SQL. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { rowsJson } from "./report/rows-json.ts";
import { rowsTable } from "./report/rows-table.ts";
import { requireQuestion } from "./warehouse/question.ts";
import { askWarehouse } from "./warehouse/warehouse.ts";

const USAGE = `npm run --silent sql -- [options] "select …"

  --data <directory>   where the stack keeps its state   .local
  --json               the rows as JSON

Such as: npm run --silent sql -- "select event_type, count(*) as events from core.events group by event_type"
docs/warehouse.md has every table and column.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: "string", default: ".local" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [query, ...others] = positionals;
  if (values.help) return console.log(USAGE);
  if (query === undefined || others.length > 0)
    throw new RangeError(`one query is wanted, in quotes; got ${positionals.length}\n\n${USAGE}`);
  requireQuestion(query);
  const rows = await askWarehouse(resolve(values.data), (warehouse) => warehouse.query(query));
  console.log(values.json ? rowsJson(rows) : rowsTable(rows));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
