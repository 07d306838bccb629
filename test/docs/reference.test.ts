import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as z from "zod";
import { EXAMPLE_CONTEXT, EXAMPLE_TIME, EXAMPLES } from "../../docs/reference/examples.ts";
import { referenceText } from "../../docs/reference/markdown.ts";
import { meanings } from "../../docs/reference/meanings.ts";
import { ruleOf } from "../../docs/reference/rule.ts";
import { judge } from "../../worker/events/judge.ts";
import { schemas } from "../../worker/events/schemas.ts";
import { contextAt } from "./judging.ts";
import { ROOT } from "./pages.ts";

it("docs/event-reference.md tells what the schemas check: `npm run events:reference` writes it", async () => {
  expect(await readFile(join(ROOT, "docs/event-reference.md"), "utf8")).toBe(referenceText());
});

it("shows an event of each type that is plainly accepted", () => {
  const context = contextAt(Date.parse(EXAMPLE_TIME));
  const verdicts = Object.entries(EXAMPLES).map(([event_type, own]) =>
    judge({ event_type, ...EXAMPLE_CONTEXT, ...own }, context),
  );
  expect(verdicts.filter(({ status }) => status !== "accepted")).toEqual([]);
  expect(verdicts.flatMap((verdict) => (verdict.status === "accepted" ? verdict.warnings : []))).toEqual([]);
});

it("says of every type and of every field of its own what it means", () => {
  const told = meanings();
  const silent = Object.entries(schemas).flatMap(([type, { shape }]) =>
    Object.keys(shape)
      .filter((name) => name !== "event_type")
      .filter((name) => !told.get(type)?.fields.has(name) && !told.get("")?.fields.has(name))
      .map((name) => `${type}.${name}`),
  );
  expect(silent).toEqual([]);
  expect([...told.keys()].toSorted()).toEqual(["", ...Object.keys(schemas)].toSorted());
});

it("has words for each kind of rule", () => {
  const rules = [
    [z.string().min(1).max(64), "1–64 characters"],
    [z.string().max(1_024), "at most 1,024 characters"],
    [
      z
        .string()
        .min(1)
        .max(8)
        .meta({ examples: ["a", "b"] }),
      "1–8 characters; known by name: `a`, `b`",
    ],
    [z.enum(["on", "off"]), "`on`, `off`"],
    [z.int(), "a whole number"],
    [z.int().min(1), "a whole number, 1 or more"],
    [z.int().min(1).max(1_000), "a whole number from 1 to 1,000"],
    [z.number().max(9), "a number, at most 9"],
    [z.boolean(), "`true` or `false`"],
    [z.string().length(2).meta({ description: "two letters" }), "two letters"],
  ] as const;
  expect(rules.map(([schema]) => ruleOf(schema))).toEqual(rules.map(([, words]) => words));
  expect(() => ruleOf(z.array(z.string()))).toThrow("there are no words");
});

it("explains in docs/http.md whatever may be found wrong with an event", async () => {
  const codes = new Set(
    ["event_id", "game_id", "timestamp", "currency", "country"].map((name) => `invalid_${name}`),
  );
  for await (const file of glob("worker/events/*.ts", {
    cwd: ROOT,
    exclude: (path) => path.endsWith(".test.ts"),
  })) {
    const source = await readFile(join(ROOT, file), "utf8");
    for (const [, code = ""] of source.matchAll(/\bfinding\(\s*[^,]+,\s*"(\w+)"/g)) codes.add(code);
    if (file.endsWith("findings.ts"))
      for (const [, code = ""] of source.matchAll(/\bcode: "(\w+)"/g)) codes.add(code);
  }
  const page = await readFile(join(ROOT, "docs/http.md"), "utf8");
  expect([...codes].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  expect(codes.size).toBeGreaterThan(25);
});
