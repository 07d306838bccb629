import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { checkSchema, runbookOf } from "../../worker/schedule/alerts/verdict.ts";
import { pages, proseOf, ROOT } from "./pages.ts";

const OPERATIONS = "docs/operations.md";

const read = (file: string) => readFile(join(ROOT, file), "utf8");

/** The anchor of a heading: https://docs.github.com/en/get-started/writing-on-github */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (text: string) =>
  [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

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
    const text = pages.get(OPERATIONS) ?? "";
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
    for (const [file, text] of pages) {
      const targets = [
        ...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g),
        ...text.matchAll(/(?:src|srcset|href)="(?!https?:)([^"]+)"/g),
      ];
      for (const [, target = ""] of targets) {
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

  it("say of each of GitHub's workflows when it runs, and what for", async () => {
    const workflows = await readdir(join(ROOT, ".github/workflows"));
    const page = pages.get("docs/deploy.md") ?? "";
    expect(workflows.filter((file) => !page.includes(`| [${file}](../.github/workflows/${file}) |`))).toEqual(
      [],
    );
  });

  it("name no script of npm's that is not there", async () => {
    const { scripts } = JSON.parse(await read("package.json"));
    const unknown = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/\bnpm run (?:--silent )?([\w:]+)/g)]
        .filter(([, name = ""]) => !(name in scripts))
        .map(([command]) => `${page}: ${command}`),
    );
    expect(unknown).toEqual([]);
  });

  it("are all led to from the README, in a few steps", async () => {
    const led = new Set(["README.md"]);
    for (const page of led) {
      for (const [, target = ""] of (pages.get(page) ?? "").matchAll(/\]\((?!https?:)([^)#\s]+)/g)) {
        const to = relative(ROOT, join(ROOT, dirname(page), target));
        if (pages.has(to)) led.add(to);
      }
    }
    expect([...pages.keys()].filter((page) => !led.has(page))).toEqual([]);
  });
});
