import { glob, readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import { pages, ROOT } from "./docs/pages.ts";

const PAGE = pages.get("docs/architecture.md") ?? "";

/** The floor of each room in `worker/`, as the page has it: 1 is the door. */
const FLOORS = new Map(
  [...PAGE.matchAll(/^\| (\d) \| `([\w.]+)\/?` \|/gm)].map(([, floor, room = ""]) => [room, Number(floor)]),
);

/** What only tests use. */
const TESTING = "testing";

interface Import {
  from: string;
  to: string;
  isType: boolean;
}

/** The room of a file in `worker/`; of another one its directory, or the file itself at the root. */
const roomOf = (file: string) => file.replace(/^worker\//, "").split("/")[0] ?? "";

async function importsOf(pattern: string): Promise<Import[]> {
  const imports: Import[] = [];
  for await (const from of glob(pattern, { cwd: ROOT, exclude: (path) => /node_modules|dist/.test(path) })) {
    if (/\.(test|d)\.tsx?$/.test(from) || from.startsWith(`worker/${TESTING}/`)) continue;
    const source = await readFile(join(ROOT, from), "utf8");
    for (const [, type, path = ""] of source.matchAll(/(?:import|export)( type)?\s[^;"]*?from "(\.[^"]+)"/g))
      imports.push({ from, to: normalize(join(dirname(from), path)), isType: type !== undefined });
  }
  return imports;
}

const worker = await importsOf("worker/**/*.{ts,tsx}");
const sdk = await importsOf("sdk/{core,browser,edge,game,node,react-native,server}/**/*.ts");

const named = (imports: Import[]) => imports.map(({ from, to }) => `${from} → ${to}`);

it("docs/architecture.md names every directory, and none that is gone", async () => {
  const entries = await readdir(ROOT, { withFileTypes: true });
  const ignored = (await readFile(join(ROOT, ".gitignore"), "utf8")).split("\n");
  const there = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .filter((name) => !ignored.some((line) => line.replaceAll("/", "") === name));
  const told = [...PAGE.matchAll(/^\| `(\w+)\/` \|/gm)].map(([, name]) => name);
  expect(told.toSorted()).toEqual(there.toSorted());
});

it("docs/architecture.md names every room of the Worker, and none that is gone", async () => {
  const entries = await readdir(join(ROOT, "worker"));
  const rooms = entries.filter((name) => !/\.test\.ts$|\.json$/.test(name) && name !== TESTING);
  expect([...FLOORS.keys()].toSorted()).toEqual(rooms.toSorted());
});

it("no room of the Worker uses one on a floor above its own", () => {
  const inside = worker.filter(({ to }) => to.startsWith("worker/"));
  const up = inside.filter(({ from, to }) => (FLOORS.get(roomOf(to)) ?? 0) < (FLOORS.get(roomOf(from)) ?? 0));
  expect(named(up)).toEqual([]);
  expect(inside.length).toBeGreaterThan(500);
});

it("firehose/ and events/ use no other room", () => {
  const others = worker.filter(
    ({ from, to }) =>
      ["firehose", "events"].includes(roomOf(from)) &&
      to.startsWith("worker/") &&
      roomOf(to) !== roomOf(from),
  );
  expect(named(others)).toEqual([]);
});

it("the Worker uses nothing outside but types of sdk/events.ts, and its own version", () => {
  const outside = worker.filter(({ to }) => !to.startsWith("worker/") && to !== "package.json");
  expect(named(outside.filter(({ to, isType }) => to !== "sdk/events.ts" || !isType))).toEqual([]);
});

it("the SDK uses nothing outside of its own directory", () => {
  expect(named(sdk.filter(({ to }) => !to.startsWith("sdk/")))).toEqual([]);
  expect(sdk.length).toBeGreaterThan(50);
});
