import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const page = await readFile(join(ROOT, "docs/security.md"), "utf8");

/** A threat, and the tests that say it is stopped. */
interface Row {
  threat: string;
  tests: { file: string; title: string }[];
}

const rows = [...page.matchAll(/^\| (\*\*.+?) \| .+? \| (`.+) \|$/gm)].map(
  ([, threat = "", tests = ""]): Row => ({
    threat,
    tests: [...tests.matchAll(/`([^`]+\.test\.ts)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({
      file,
      title,
    })),
  }),
);

/** Whether a file has a test of that title, or a row of one that is made of a table. */
async function hasTest({ file, title }: Row["tests"][number]): Promise<boolean> {
  const source = await readFile(join(ROOT, file), "utf8").catch(() => "");
  const literal = JSON.stringify(title).replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?:\\b(?:it|test)\\(|\\)\\(|\\[)\\s*${literal},`).test(source);
}

it("each threat is stopped by tests that are there", async () => {
  const section = page.split("## Threats")[1]?.split("\n## ")[0] ?? "";
  expect(rows.length).toBe(section.match(/^\| \*\*/gm)?.length);
  const missing: string[] = [];
  for (const { threat, tests } of rows) {
    if (tests.length === 0) missing.push(threat);
    for (const test of tests)
      if (!(await hasTest(test))) missing.push(`${threat}: ${test.file} "${test.title}"`);
  }
  expect(missing).toEqual([]);
});

it("a test that is not there is found", async () => {
  const file = "worker/auth/keys.test.ts";
  expect(await hasTest({ file, title: "says its game and its role" })).toBe(true);
  expect(await hasTest({ file, title: "says its game" })).toBe(false);
  expect(await hasTest({ file: "worker/auth/gone.test.ts", title: "says its game and its role" })).toBe(
    false,
  );
});
