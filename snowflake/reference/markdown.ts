import { sqlFiles } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { type Relation, relationsOf } from "./relations.ts";

/** What an analyst may read, schema by schema. */
const SCHEMAS: Record<string, string> = {
  marts: "Numbers for people. Days are UTC, ratios are between 0 and 1, amounts are decimal.",
  quality: "Whether the numbers can be trusted.",
  core: "What happened, once each, with types.",
  ops: "What it costs, and what was deployed.",
};

/** The reference of all tables and views, made from their own comments: `docs/warehouse.md`. */
export function referenceText(): string {
  const relations = sqlFiles(DEFAULT_SETTINGS).flatMap(({ sql }) => relationsOf(sql));
  const sections = Object.entries(SCHEMAS).map(([schema, about]) => {
    const own = relations.filter(({ name }) => name.startsWith(`${schema}.`));
    return [`## ${schema}`, about, ...own.map(sectionOf)].join("\n\n");
  });
  return `${[INTRODUCTION, ...sections].join("\n\n")}\n`;
}

const INTRODUCTION = `# The warehouse, column by column

Made from the comments in \`snowflake/*.sql\`, which Snowflake shows, too (\`DESCRIBE VIEW marts.daily_revenue\`): \`npm run snowflake:reference\` writes
this page. [snowflake/README.md](../snowflake/README.md) says how it all fits together.`;

function sectionOf({ name, comment, columns }: Relation): string {
  const rows = columns.map(({ name: column, type, comment: meaning }) =>
    type === undefined ? [`\`${column}\``, meaning] : [`\`${column}\``, type, meaning],
  );
  const header = columns.some(({ type }) => type !== undefined) ? ["column", "type", ""] : ["column", ""];
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [`### ${name}`, `${comment}.`, lines.join("\n")].join("\n\n");
}
