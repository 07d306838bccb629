/** `npm run events:reference`: writes `docs/event-reference.md`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { referenceText } from "./markdown.ts";

writeFileSync(join(import.meta.dirname, "..", "event-reference.md"), referenceText());
