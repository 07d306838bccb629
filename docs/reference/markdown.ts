import type * as z from "zod";
import type { EventType } from "../../sdk/events.ts";
import { MAX_EVENTS_PER_REQUEST, MAX_FIELDS, MAX_LINE_BYTES } from "../../worker/events/limits.ts";
import { contextSchema, schemas } from "../../worker/events/schemas.ts";
import { EXAMPLE_CONTEXT, EXAMPLES } from "./examples.ts";
import { meanings } from "./meanings.ts";
import { ruleOf } from "./rule.ts";

const MEANINGS = meanings();
const CONTEXT: Record<string, z.core.$ZodType> = contextSchema.shape;

/** The reference of all events, made from the schemas that check them: `docs/event-reference.md`. */
export function referenceText(): string {
  const types = Object.keys(schemas) as EventType[];
  const common = [
    "## What every event carries",
    "Beside `event_type`, which is one of the types below.",
    fieldTable("", CONTEXT),
  ];
  const index = types.map((type) => `[\`${type}\`](#${type})`).join(" · ");
  return `${[INTRODUCTION, index, ...common, ...types.map(sectionOf)].join("\n\n")}\n`;
}

const INTRODUCTION = `# Event reference

Every event type, field by field, made from the schemas that check them (\`worker/events/schemas.ts\`) and what the SDK says of them (\`sdk/events.ts\`):
\`npm run events:reference\` writes this page. [events.md](events.md) tells what becomes of money, time, ids and unknown fields, [http.md](http.md) how to send
them and what each finding means.

A request carries up to ${MAX_EVENTS_PER_REQUEST} events. An event may have ${MAX_FIELDS} fields, unknown ones included, and ${MAX_LINE_BYTES / 1024} KiB as a delivered line. The examples are
accepted with a time of today: they happened on ${EXAMPLE_CONTEXT.timestamp.slice(0, 10)}, and events are taken for 30 days.`;

function sectionOf(type: EventType): string {
  const shape: Record<string, z.core.$ZodType> = schemas[type].shape;
  const own = Object.entries(shape).filter(([name]) => name !== "event_type" && !(name in CONTEXT));
  const example = { event_type: type, ...EXAMPLE_CONTEXT, ...EXAMPLES[type] };
  return [
    `## ${type}`,
    MEANINGS.get(type)?.about,
    fieldTable(type, Object.fromEntries(own)),
    `\`\`\`json\n${jsonLines(example)}\n\`\`\``,
  ].join("\n\n");
}

function fieldTable(type: string, shape: Record<string, z.core.$ZodType>): string {
  const rows = Object.entries(shape).map(([name, field]) => {
    const isOptional = field._zod.optin === "optional";
    const rule = ruleOf(field);
    return [`\`${name}\``, isOptional ? "" : "yes", rule, MEANINGS.get(type)?.fields.get(name) ?? ""];
  });
  const header = ["field", "required", "what it must be", "what it means"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** An object on as many lines of at most 120 characters as it takes. */
function jsonLines(object: object): string {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(object)) {
    const pair = `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + pair.length < 118) lines[lines.length - 1] = `${last}, ${pair}`;
    else lines.push(pair);
  }
  return `{ ${lines.join(",\n  ")} }`;
}
