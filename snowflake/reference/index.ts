/** `npm run snowflake:reference`: writes `docs/warehouse.md`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { referenceText } from "./markdown.ts";

writeFileSync(join(import.meta.dirname, "..", "..", "docs", "warehouse.md"), referenceText());
