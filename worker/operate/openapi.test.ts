import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../app.ts";
import { SCHEMAS } from "./openapi/parts.ts";

const get = (path: string) => exports.default.fetch(`https://collector.test${path}`);

const textOf = async () => (await get("/openapi.json")).text();

/** The code of every problem that the Worker's source makes. */
function codesOfSource(): string[] {
  const sources = import.meta.glob(["../**/*.ts", "!../**/*.test.ts"], {
    query: "?raw",
    import: "default",
    eager: true,
  });
  return Object.values(sources).flatMap((source) =>
    [...source.matchAll(/new Problem\(\s*\d+,\s*"(\w+)"/g)].map(([, code = ""]) => code),
  );
}

/** Every example of a body, and the name of the schema that it is of. */
function examplesIn(node: unknown): { schema: keyof typeof SCHEMAS; value: unknown }[] {
  if (typeof node !== "object" || node === null) return [];
  const { schema, example, examples } = node as {
    schema?: { $ref?: string };
    example?: unknown;
    examples?: Record<string, { value: unknown }>;
  };
  const name = schema?.$ref?.split("/").at(-1) as keyof typeof SCHEMAS | undefined;
  const inner = Object.values(node).flatMap(examplesIn);
  if (name === undefined) return inner;
  const values = [
    ...(example === undefined ? [] : [example]),
    ...Object.values(examples ?? {}).map((x) => x.value),
  ];
  return [...values.map((value) => ({ schema: name, value })), ...inner];
}

describe("GET /openapi.json", () => {
  it("describes every route, and none that is not there", async () => {
    const { openapi, paths } = JSON.parse(await textOf()) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = app.routes.filter(({ method }) => method !== "ALL");
    const served = new Set(routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`));
    expect(openapi).toBe("3.1.0");
    expect(described.toSorted()).toEqual([...served].toSorted());
  });

  it("describes every code that a problem may have, but for those of any path", async () => {
    const text = await textOf();
    const enums = [...text.matchAll(/"enum":(\[[^\]]*\])/g)];
    const described = new Set(enums.flatMap(([, codes = ""]) => JSON.parse(codes)));
    const codes = codesOfSource();
    expect(codes).toContain("invalid_json");
    expect([...new Set(codes)].filter((code) => !described.has(code)).toSorted()).toEqual([
      "not_found",
      "unexpected",
    ]);
  });

  it("shows examples that are what they are said to be", async () => {
    const examples = examplesIn(JSON.parse(await textOf()));
    const shown = new Set(examples.map(({ schema }) => schema));
    const names = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];
    expect(names.filter((name) => !shown.has(name))).toEqual(["Event", "Envelope", "Problem"]);
    for (const { schema, value } of examples) {
      expect([schema, SCHEMAS[schema].safeParse(value).error]).toEqual([schema, undefined]);
    }
  });

  it("describes what a browser may say in the query where events are sent or checked", async () => {
    const { paths } = JSON.parse(await textOf());
    for (const path of ["/v1/events", "/v1/events/validate"]) {
      const parameters: { name: string; in: string; required: boolean }[] = paths[path].post.parameters;
      expect(parameters.map(({ name, required, in: place }) => [name, place, required])).toEqual([
        ["request_id", "query", false],
        ["attempt", "query", false],
      ]);
    }
  });

  it("refers to nothing that it does not define", async () => {
    const text = await textOf();
    const { schemas } = JSON.parse(text).components;
    for (const [, to] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      const name = to?.replace("#/components/schemas/", "") ?? "";
      expect(schemas).toHaveProperty(name);
    }
    expect(schemas.Event.oneOf).toHaveLength(10);
  });
});
