import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mintKey } from "../../worker/auth/keys.ts";
import {
  discard,
  flushAll,
  newData,
  post,
  type RunningStack,
  startStack,
  stopStack,
  until,
} from "../stack.ts";
import { type Block, blocksIn, pages, proseOf, ROOT } from "./pages.ts";

/** What stands in a block that is not run here, and why not. */
const NOT_RUN = new Map([
  ["npm ci", "it installs, as whoever runs this has done"],
  ["npm start", "it runs until somebody stops it; the collector that is asked here was started so"],
  ["$GAME_SERVER", "it asks the example of a game's server; test/examples.test.ts runs it"],
  ["npm pack", "test/package.test.ts packs it, and uses what it packed"],
  ["npm test", "it is this suite, or the part of it that the page is about"],
  ["npx vitest", "it is a part of this suite"],
  ["npm run check", "it is the other half of what CI runs"],
  ["npm run drill", "it takes minutes; test/drills.test.ts runs each drill small"],
  ["npm run fuzz", "it takes minutes; test/fuzz.test.ts runs it small"],
  ["npm run bench", "it takes minutes, and means something on a quiet machine alone"],
  ["wrangler", "it wants an account at Cloudflare"],
  ["npm run deploy", "it wants an account at Cloudflare"],
  ["https://api.cloudflare.com/", "it asks Cloudflare, with an account's token"],
  ["aws ", "it wants an account at AWS"],
  ["snowflake:", "it wants an account at Snowflake; snowflake/deploy/ has tests of these commands"],
  ["git push", "it publishes"],
  ["openssl genrsa", "it asks for a passphrase"],
]);

let stack: RunningStack;
let env: Record<string, string>;
/** Where commands are run: what they leave goes with the stack. */
let scratch: string;
/** Keys for all games, in the place of those of the stack's own. */
let forAllGames: Record<string, string>;
let scripts: Record<string, string>;

beforeAll(async () => {
  ({ scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")));
  stack = await startStack(await newData(), 0);
  await post(stack, {
    event_type: "install",
    user_id: "u",
    session_id: "s",
    platform: "web",
    app_version: "1",
    source: "organic",
  });
  await flushAll(stack);
  const { url: URL, firehose: FIREHOSE, keys } = stack;
  const minted = await fetch(`${URL}/v1/games/${stack.game}/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${keys.admin}`, "Content-Type": "application/json" },
    body: JSON.stringify({ role: "write" }),
  });
  const { id: ID } = (await minted.json()) as { id: string };
  const { write: KEY, read: READ, server: SERVER, admin: ADMIN } = keys;
  env = { URL, FIREHOSE, KEY, READ, SERVER, ADMIN, ID, USER_ID: "user_12345", COUNT: "0" };
  const { KEY_SECRETS } = JSON.parse(await readFile(join(stack.data, "secrets.json"), "utf8"));
  forAllGames = {
    READ: await mintKey({ game: "*", role: "read" }, KEY_SECRETS),
    ADMIN: await mintKey({ game: "*", role: "admin" }, KEY_SECRETS),
  };
  scratch = join(stack.data, "scratch");
  await mkdir(scratch);
  await symlink(join(ROOT, "examples"), join(scratch, "examples"));
  await writeFile(join(stack.data, ".curlrc"), 'silent\nshow-error\nfail-with-body\nwrite-out = "\\n"\n');
});

afterAll(async () => {
  await stopStack(stack);
  await discard(stack);
});

/** The command behind a script of npm's, wherever it is called from. */
const commandOf = (name: string) => (scripts[name] ?? "false").replace("node ", `node ${ROOT}/`);

/** A script that says what the page's does, of this stack. */
function here(script: string): string {
  return script
    .replaceAll(
      /npm run --silent (report|sql)( --)?/g,
      (_, name) => `${commandOf(name)} --data ${stack.data}`,
    )
    .replaceAll(/npm run --silent ([\w:]+) --/g, (_, name) => commandOf(name))
    .replaceAll("KEY_SECRETS=…", `KEY_SECRETS=${"x".repeat(32)}`)
    .replaceAll(".local/", `${stack.data}/`)
    .replaceAll("my_game", stack.game)
    .replaceAll("http://127.0.0.1:8787", stack.url);
}

/** Runs a script as a reader would, but on this stack, with keys for all games where a comment asks for them; rejects where a command of it fails. */
async function run(script: string): Promise<string> {
  const keys = script.includes("# a key for all games") ? forAllGames : {};
  const options = { cwd: scratch, env: { PATH: process.env.PATH, CURL_HOME: stack.data, ...env, ...keys } };
  return (await promisify(execFile)("bash", ["--norc", "-euo", "pipefail", "-c", here(script)], options))
    .stdout;
}

const reasonNotToRun = ({ text }: Block) => [...NOT_RUN.keys()].find((part) => text.includes(part));
const namesIn = (json: string) => Object.keys(JSON.parse(json)).toSorted();

/** A verdict as a page shows it: what differs each time, or is cut short, may be any text. */
function asShown(value: unknown): unknown {
  if (typeof value === "string")
    return /…|^\d{4}-\d\d-\d\dT|^[\da-f]{8}-/.test(value) ? expect.any(String) : value;
  if (Array.isArray(value)) return value.map(asShown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asShown(inner)]));
}

it.each(blocksIn("sh").filter((block) => reasonNotToRun(block) === undefined))(
  "does what the pages say: $name",
  async ({ text, answer }) => {
    const output = await run(text);
    if (answer === undefined) return;
    const answers = output.split("\n").filter((line) => line.startsWith("{"));
    if (namesIn(answer).includes("results"))
      expect(answers.map((text) => JSON.parse(text))).toContainEqual(asShown(JSON.parse(answer)));
    else expect(answers.map(namesIn)).toContainEqual(namesIn(answer));
  },
);

it("is asked of whatever asks it: no call to a collector stands in a block that is not run", () => {
  const asking = blocksIn("sh").filter(
    (block) => reasonNotToRun(block) && /\bcurl \S*(\$URL|127)/.test(block.text),
  );
  expect(asking.map(({ name }) => name)).toEqual([]);
});

it("no block is left out for a reason that is gone", () => {
  const reasons = blocksIn("sh").flatMap(({ text }) =>
    [...NOT_RUN.keys()].filter((part) => text.includes(part)),
  );
  expect(new Set(reasons)).toEqual(new Set(NOT_RUN.keys()));
});

it("says on its page what each variable of a command is: a command sets it, or a sentence names it", () => {
  const unexplained = [...pages].flatMap(([page, text]) => {
    const commands = blocksIn("sh").flatMap((block) => (block.page === page ? block.text : []));
    const used = new Set(commands.join("").match(/(?<=\$)[A-Z_]+\b/g));
    const isExplained = (name: string) =>
      new RegExp(`\\b${name}=`).test(commands.join("")) || proseOf(text).includes(`\`$${name}\``);
    return [...used].filter((name) => !isExplained(name)).map((name) => `${page}: $${name}`);
  });
  expect(unexplained).toEqual([]);
});

it("what is not run can at least be read by a shell", async () => {
  const unread: string[] = [];
  for (const { name, text } of blocksIn("sh")) {
    await promisify(execFile)("bash", ["-n", "-c", text]).catch((error) =>
      unread.push(`${name}: ${error.stderr}`),
    );
  }
  expect(unread).toEqual([]);
});

it("shows events as they arrive to the page's few lines", async () => {
  const [block] = blocksIn("js").filter(({ page }) => page === "docs/tail.md");
  const code = (block?.text ?? "").replace("wss://…", stack.url.replace("http", "ws"));
  const lines: unknown[][] = [];
  const log = { log: (...line: unknown[]) => lines.push(line) };
  const socket: WebSocket = new Function("key", "console", `${here(code)}\nreturn socket;`)(
    stack.keys.read,
    log,
  );
  const purchase = {
    event_type: "purchase",
    user_id: "u",
    session_id: "s",
    platform: "web",
    app_version: "1",
    product_id: "p",
    product_name: "P",
    price: "1",
    currency: "EUR",
    store: "steam",
  };
  await until("a purchase is shown", async () => {
    if (socket.readyState === WebSocket.OPEN) await post(stack, purchase);
    return lines[0];
  });
  socket.close();
  expect(lines[0]).toEqual([
    expect.any(String),
    "accepted",
    expect.objectContaining({ product_id: "p" }),
    expect.anything(),
  ]);
});

interface Operation {
  summary: string;
  description?: string;
  security?: unknown[];
}

async function describedOperations(): Promise<[string, string, Operation][]> {
  const description = await (await fetch(`${stack.url}/openapi.json`)).json();
  const { paths } = description as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      method.toUpperCase(),
      path,
      operation,
    ]),
  );
}

it("describes itself by a document that is OpenAPI", async () => {
  const response = await fetch(`${stack.url}/openapi.json`);
  const { valid, errors } = await new Validator().validate(
    (await response.json()) as Record<string, unknown>,
  );
  expect([valid, errors]).toEqual([true, undefined]);
});

it("has the calls that docs/http.md lists, with the roles that it says, and no others", async () => {
  const rows = [
    ...(pages.get("docs/http.md") ?? "").matchAll(/^\| `([A-Z]+) (\/\S+)` \| ([^|]+) \| ([^|]+) \|$/gm),
  ];
  const listed = rows.map(([, method, path, role, what]) => [method, path, role, what]);
  const described = (await describedOperations()).map(
    ([method, path, { summary, description, security }]) => {
      const [, role] = /^Role: (\w+)\./.exec(description ?? "") ?? [];
      return [
        method,
        path.replaceAll(/\{(\w+)\}/g, ":$1"),
        role ?? (security?.length === 0 ? "–" : "?"),
        summary,
      ];
    },
  );
  expect(listed.toSorted()).toEqual(described.toSorted());
});

it("refuses with codes that docs/http.md explains, all of them", async () => {
  const text = await (await fetch(`${stack.url}/openapi.json`)).text();
  const enums = [...text.matchAll(/"code":\{"enum":(\[[^\]]*\])/g)].flatMap(([, codes = "[]"]) =>
    JSON.parse(codes),
  );
  const page = pages.get("docs/http.md") ?? "";
  expect([...new Set<string>(enums)].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  expect(enums).toContain("queue_full");
});
