import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkSchema, runbookOf } from "../worker/schedule/alerts/verdict.ts";
import { discard, newData, post, type RunningStack, startStack, stopStack } from "./stack.ts";

const ROOT = join(import.meta.dirname, "..");
const OPERATIONS = "docs/operations.md";

/** What stands in a block that no test can run, and why not. */
const NOT_RUN = new Map([["https://api.cloudflare.com/", "it asks Cloudflare, with an account's token"]]);

interface Block {
  name: string;
  script: string;
  /** What the page shows as an answer to it. */
  answer: string | undefined;
}

const read = (file: string) => readFile(join(ROOT, file), "utf8");

const docs = (await readdir(join(ROOT, "docs"))).filter((name) => name.endsWith(".md"));
const texts = new Map(
  await Promise.all(
    ["README.md", ...docs.map((name) => `docs/${name}`)].map(
      async (file) => [file, await read(file)] as const,
    ),
  ),
);

/** Shell scripts that call a collector. */
function blocksOf(file: string, text: string): Block[] {
  const fences = [...text.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```json\n([\s\S]*?)^```)?/gm)];
  return fences
    .map(([, script = "", answer], index) => ({ name: `${file}, ${index + 1}`, script, answer }))
    .filter(({ script }) => /\bcurl\b/.test(script));
}

/** The anchor of a heading: https://docs.github.com/en/get-started/writing-on-github */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

const namesIn = (json: string) => Object.keys(JSON.parse(json)).toSorted();

/** The text under a heading. */
const sectionOf = (text: string, anchor: string) =>
  text.split(/^(?=#+ )/m).find((section) => anchorsOf(section)[0] === anchor);

describe("the runbook", () => {
  it("has a section for each alert of the collector's and of Prometheus, under the anchor that it leads to", async () => {
    const rules = await read("docs/monitoring/prometheus-rules.yml");
    const alerts = [...rules.matchAll(/- alert: (\w+)[\s\S]*?runbook: (\S+)/g)];
    const led = [
      ...alerts.map(([, name, runbook]) => ({ name, runbook })),
      ...checkSchema.options.map((name) => ({ name, runbook: runbookOf(name) })),
    ];
    expect(alerts.length).toBe(rules.match(/- alert:/g)?.length);
    const text = texts.get(OPERATIONS) ?? "";
    const lost = led.filter(({ name, runbook = "" }) => {
      const [file, anchor = ""] = runbook.split("#");
      return file !== OPERATIONS || !sectionOf(text, anchor)?.includes(`\`${name}\``);
    });
    expect(lost).toEqual([]);
  });
});

describe("the pages", () => {
  it("lead nowhere that is not there", async () => {
    const broken: string[] = [];
    for (const [file, text] of texts) {
      for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [path = "", anchor] = target.split("#");
        const to = path === "" ? file : relative(ROOT, join(ROOT, dirname(file), path));
        const isThere =
          anchor === undefined
            ? await read(to).then(Boolean, ({ code }) => code === "EISDIR")
            : anchorsOf(await read(to).catch(() => "")).includes(anchor);
        if (!isThere) broken.push(`${file}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });
});

describe("a running collector", () => {
  let stack: RunningStack;
  let env: Record<string, string>;

  beforeAll(async () => {
    stack = await startStack(await newData(), 0);
    await post(stack, {
      event_type: "install",
      user_id: "u",
      session_id: "s",
      platform: "web",
      app_version: "1",
      source: "organic",
    });
    const { url: URL, firehose: FIREHOSE, keys } = stack;
    const minted = await fetch(`${URL}/v1/games/${stack.game}/keys`, {
      method: "POST",
      headers: { Authorization: `Bearer ${keys.admin}`, "Content-Type": "application/json" },
      body: JSON.stringify({ role: "write" }),
    });
    const { id: ID } = (await minted.json()) as { id: string };
    const { write: KEY, read: READ, server: SERVER, admin: ADMIN } = keys;
    env = { URL, FIREHOSE, KEY, READ, SERVER, ADMIN, ID, USER_ID: "user_12345", COUNT: "0" };
    await writeFile(join(stack.data, ".curlrc"), 'silent\nshow-error\nfail-with-body\nwrite-out = "\\n"\n');
  });

  afterAll(async () => {
    await stopStack(stack);
    await discard(stack);
  });

  /** Runs a script as a reader would, but on this stack; rejects where a command of it fails. */
  async function run(script: string): Promise<string> {
    const here = script.replaceAll("my_game", stack.game).replaceAll("http://127.0.0.1:8787", stack.url);
    const options = { env: { PATH: process.env.PATH, CURL_HOME: stack.data, ...env } };
    return (await promisify(execFile)("bash", ["--norc", "-euo", "pipefail", "-c", here], options)).stdout;
  }

  const blocks = [...texts].flatMap(([file, text]) => blocksOf(file, text));
  const reasonNotToRun = ({ script }: Block) => [...NOT_RUN.keys()].find((text) => script.includes(text));

  it("describes itself by a document that is OpenAPI", async () => {
    const response = await fetch(`${stack.url}/openapi.json`);
    const { valid, errors } = await new Validator().validate(
      (await response.json()) as Record<string, unknown>,
    );
    expect([valid, errors]).toEqual([true, undefined]);
  });

  it.each(blocks.filter((block) => reasonNotToRun(block) === undefined))(
    "does what the pages say: $name",
    async ({ script, answer }) => {
      const output = await run(script);
      if (answer === undefined) return;
      const answers = output.split("\n").filter((line) => line !== "");
      expect(answers.map(namesIn)).toContainEqual(namesIn(answer));
    },
  );

  it("is all that they ask there: what changes an account stands in blocks of its own", () => {
    const asking = blocks.filter(({ script }) => /^(?!#).*\b(wrangler|aws|npm)\b/m.test(script));
    expect(asking.map(({ name }) => name)).toEqual([]);
  });

  it("has no reason for a block that is gone", () => {
    expect(new Set(blocks.map(reasonNotToRun).filter(Boolean))).toEqual(new Set(NOT_RUN.keys()));
  });
});
