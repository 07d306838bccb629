/** `npm run report`: today's numbers, from the laptop's warehouse. */
import { resolve } from "node:path";
import { parseArgs, styleText } from "node:util";
import { rowsJson } from "./report/rows-json.ts";
import { rowsTable } from "./report/rows-table.ts";
import { SECTIONS } from "./report/sections.ts";
import { askWarehouse } from "./warehouse/warehouse.ts";

const USAGE = `npm run --silent report -- [options]

  --data <directory>   where the stack keeps its state   .local
  --json               the rows of each table as JSON`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: ".local" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const tables = await askWarehouse(resolve(values.data), async (warehouse) => {
    const answers = [];
    for (const { title, otherwise, sql } of SECTIONS)
      answers.push({ title, otherwise, rows: await warehouse.query(sql) });
    return answers;
  });
  if (values.json) {
    console.log(rowsJson(Object.fromEntries(tables.map(({ title, rows }) => [title, rows]))));
    return;
  }
  for (const { title, otherwise, rows } of tables)
    console.log(`\n${styleText("bold", title)}\n\n${rows.length === 0 ? otherwise : rowsTable(rows)}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
