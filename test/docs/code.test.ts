import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { init, parse as parseSql } from "@guanmingchiu/sqlparser-ts";
import { parseXml } from "@rgrove/parse-xml";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experimental_readRawConfig as readToml } from "wrangler";
import { parseAllDocuments } from "yaml";
import { EXAMPLE_TIME } from "../../docs/reference/examples.ts";
import { welcome } from "../../local/welcome.ts";
import { openDeployed } from "../../snowflake/duckdb/testing.ts";
import { statementsOf } from "../../snowflake/sql/statements.ts";
import { boardsSchema } from "../../worker/events/board.ts";
import { judge } from "../../worker/events/judge.ts";
import { signatureOf } from "../../worker/schedule/webhook/signature.ts";
import { contextAt } from "./judging.ts";
import { type Block, blocks, blocksIn, blocksOf, ROOT } from "./pages.ts";

const run = promisify(execFile);

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "playtrail-docs-"));
});
afterAll(() => rm(home, { recursive: true }));

it("a fenced block is found with its language, its line, and what it shows as an answer", () => {
  const page = "# A\n\n```sh\ncurl x\n```\n\n```json\n{}\n```\n\n- b\n\n  ```ts\n  c();\n  ```\n";
  expect(blocksOf("a.md", page)).toEqual([
    { name: "a.md:3", page: "a.md", language: "sh", text: "curl x\n", answer: "{}\n" },
    { name: "a.md:7", page: "a.md", language: "json", text: "{}\n", answer: undefined },
    { name: "a.md:13", page: "a.md", language: "ts", text: "c();\n", answer: undefined },
  ]);
});

it("every block is of a language that a test here knows", () => {
  const known = ["sh", "ts", "js", "diff", "json", "sql", "toml", "yaml", "html", "mermaid", "text", ""];
  expect(blocks.filter(({ language }) => !known.includes(language))).toEqual([]);
});

it("npm start says what Getting started shows of it", () => {
  const stack = {
    url: "http://127.0.0.1:8787",
    firehose: "http://127.0.0.1:4573",
    s3: "s3",
    warehouse: "warehouse.duckdb",
    game: "game",
    game_url: "http://127.0.0.1:8788",
    keys: { write: "w", server: "s", read: "r", admin: "a" },
  };
  const said = stripVTControlCharacters(welcome(stack, ".local", "playtrail-events", "worker.log"));
  const [shown] = blocksIn("text").filter(({ text }) => text.startsWith("Playtrail is running."));
  const lines = (shown?.text ?? "").split("\n").filter((line) => line.trim() !== "…");
  expect(lines.filter((line) => !said.split("\n").includes(line))).toEqual([]);
  expect(lines.length).toBeGreaterThan(4);
});

it("no command hides in a block without a language", () => {
  const hidden = blocksIn("", "text").filter(({ text }) => /^(\$ |npm |npx |curl |aws )/m.test(text));
  expect(hidden).toEqual([]);
});

/** The reader's own values, what the pages define in another block, and libraries that are not installed here. */
const AMBIENT = `
declare const url: string;
declare const key: string;
declare module "react-native" {
  export const AppState: import("playtrail/react-native").ReactNativeOptions["appState"];
  export const Platform: { OS: string };
}
declare module "@react-native-async-storage/async-storage" {
  const AsyncStorage: import("playtrail/react-native").ReactNativeOptions["storage"];
  export default AsyncStorage;
}
`;

/** As a browser's script tag leaves it: of no use to a module, which imports. */
const SCRIPT_TAG = `declare const playtrail: typeof import("playtrail/browser");\n`;

/** What a change leaves: its removed lines are another product's. */
const after = (diff: string) => diff.replaceAll(/^-.*\n/gm, "").replaceAll(/^[+ ]/gm, "");
const before = (diff: string) => diff.replaceAll(/^\+.*\n/gm, "").replaceAll(/^[- ]/gm, "");

const scriptsIn = (html: string) =>
  [...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, code = ""]) => code).join("\n");

/** The TypeScript that a block comes to. */
function typescriptOf({ language, text }: Block): string {
  if (language === "html") return `${SCRIPT_TAG}${scriptsIn(text)}`;
  return language === "diff" ? after(text) : text;
}

describe("TypeScript", () => {
  it("compiles with the SDK's own types, all of it", async () => {
    const typed = blocksIn("ts", "diff", "html");
    for (const [index, block] of typed.entries()) {
      // Where its page is, so that it may import the page's neighbours.
      const file = join(home, dirname(block.page), `${block.page.replaceAll("/", "-")}.${index}.ts`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, typescriptOf(block));
    }
    await writeFile(join(home, "ambient.d.ts"), AMBIENT);
    await symlink(join(ROOT, "node_modules"), join(home, "node_modules"));
    const sdk = (name: string) => [join(ROOT, "sdk", name, "index.ts")];
    const platforms = ["browser", "node", "edge", "react-native"];
    const config = {
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: {
        lib: ["ES2024", "DOM"],
        types: ["node"],
        noUnusedLocals: false, // a page shows what a reader goes on with
        paths: {
          playtrail: sdk("browser"),
          ...Object.fromEntries(platforms.map((name) => [`playtrail/${name}`, sdk(name)])),
        },
        rootDirs: [home, ROOT],
      },
      include: ["**/*.ts"],
    };
    await writeFile(join(home, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, "-p", home]).catch((error) => error);
    expect(stdout).toBe("");
    expect(typed.length).toBeGreaterThan(5);
  });

  it.each(blocksIn("diff"))("what is replaced parses: $name", async ({ text }) => {
    await expect(transform(before(text), { loader: "ts" })).resolves.toBeDefined();
  });
});

describe("JavaScript", () => {
  it.each(blocksIn("js"))("parses: $name", async ({ text }) => {
    await expect(transform(text, { loader: "js" })).resolves.toBeDefined();
  });

  it("tells the collector's webhooks from others'", async () => {
    const [block] = blocksIn("js").filter(({ text }) => text.includes("function isOurs"));
    const module = `data:text/javascript,${encodeURIComponent(`${block?.text}\nexport { isOurs };`)}`;
    const { isOurs } = await import(/* @vite-ignore */ module);
    const now = Date.now();
    const signature = await signatureOf("secret", "{}", now);
    expect([
      isOurs(signature, "{}", "secret"),
      isOurs(signature, "{ }", "secret"),
      isOurs(await signatureOf("another", "{}", now), "{}", "secret"),
      isOurs(await signatureOf("secret", "{}", now - 600_000), "{}", "secret"),
      isOurs(undefined, "{}", "secret"),
    ]).toEqual([true, false, false, false, false]);
  });
});

describe("HTML", () => {
  it.each(blocksIn("html"))("is well-formed: $name", ({ text }) => {
    const markup = text
      .replaceAll(/(<script[^>]*>)[\s\S]*?(<\/script>)/g, "$1$2")
      .replace(/<!doctype html>/i, "");
    expect(() => parseXml(`<page>${markup}</page>`)).not.toThrow();
  });
});

describe("JSON", () => {
  it.each(blocksIn("json"))("parses, and an event in it is accepted: $name", ({ text }) => {
    const value = JSON.parse(text);
    const { events = [value], defaults, id_seed: idSeed } = value;
    const context = contextAt(Date.parse(EXAMPLE_TIME), { defaults, idSeed });
    const sent = events.filter((event: object) => "event_type" in event);
    const rejected = sent.map((event: unknown) => judge(event, context));
    expect(rejected.filter(({ status }: { status: string }) => status === "rejected")).toEqual([]);
  });

  it("declares leaderboards as the setting takes them", () => {
    const [block] = blocksIn("json").filter(({ page }) => page === "docs/leaderboards.md");
    expect(boardsSchema.safeParse(JSON.parse(block?.text ?? "")).error).toBeUndefined();
  });
});

describe("TOML", () => {
  const settingsOf = (path: string) => {
    const { rawConfig } = readToml({ config: path });
    const environments = Object.values(rawConfig.env ?? {});
    return [rawConfig, ...environments].flatMap(({ vars = {} }) => Object.keys(vars));
  };

  it("parses, and sets what there is to set", async () => {
    const file = join(home, "wrangler.toml");
    const unknown: string[] = [];
    for (const { name, text } of blocksIn("toml")) {
      await writeFile(file, text);
      const known = settingsOf(join(ROOT, "wrangler.toml"));
      unknown.push(
        ...settingsOf(file)
          .filter((setting) => !known.includes(setting))
          .map((setting) => `${name}: ${setting}`),
      );
    }
    expect(unknown).toEqual([]);
  });
});

it("YAML parses", () => {
  const documents = blocksIn("yaml").flatMap(({ text }) => parseAllDocuments(text));
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
});

describe("mermaid", () => {
  it.each(blocksIn("mermaid"))("is a kind of diagram that GitHub draws: $name", ({ text }) => {
    expect(text).toMatch(/^(erDiagram|flowchart (LR|TB)|sequenceDiagram|stateDiagram-v2)\n/);
  });
});

describe("SQL", () => {
  /** About an account's own objects, which DuckDB has not: `npm run snowflake:verify` on an account is the test of such. */
  const OF_AN_ACCOUNT =
    /^(USE ROLE|CREATE (STORAGE INTEGRATION|USER|ROLE|CATALOG|TABLE)|(ALTER|DROP|DESC|DESCRIBE|SHOW|LIST|GRANT|UNDROP)\b|SELECT SYSTEM\$)/;

  const inSnowflake = blocksIn("sql")
    .filter(({ text }) => !text.includes("playtrail_ingest"))
    .flatMap(({ name, text }) => statementsOf(text).map((statement) => ({ name, sql: statement.text })));

  it("runs on the laptop's warehouse, but for what is about an account", async () => {
    const warehouse = await openDeployed("99", { stage: home, now: new Date(EXAMPLE_TIME) });
    const failed: string[] = [];
    for (const { name, sql } of inSnowflake.filter(({ sql }) => !OF_AN_ACCOUNT.test(sql))) {
      await warehouse
        .run(sql.replaceAll("PLAYTRAIL.", ""), name)
        .catch((error) => failed.push(`${name}: ${error.message}`));
    }
    await warehouse.close();
    expect(failed).toEqual([]);
  });

  it("asks Analytics Engine in its dialect, ClickHouse's", async () => {
    await init();
    const asking = blocksIn("sql").filter(({ text }) => text.includes("playtrail_ingest"));
    // It has `INTERVAL '1' DAY`, and functions with two pairs of parentheses, as ClickHouse does.
    for (const { text } of asking) expect(() => parseSql(text, "clickhouse")).not.toThrow();
    expect(asking.length).toBeGreaterThan(0);
  });
});
