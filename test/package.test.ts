import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { build as bundle } from "esbuild";
import type { Browser } from "playwright-core";
import { build as buildWithVite } from "vite"; // Vitest's own
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { pack } from "../sdk/build/pack.ts";
import { fromRoot } from "../sdk/build/paths.ts";
import { type BrowserCollector, startBrowserCollector } from "./browser-collector.ts";
import { launchBrowser } from "./browser-game.ts";
import { until } from "./stack.ts";

const run = promisify(execFile);

let home: string;
let collector: BrowserCollector;
let browser: Browser;

/** What a new user does first, on any platform. */
const firstEvent = () => `
import { createClient } from "playtrail";

interface Events {
  boss_defeated: { boss: string; seconds: number };
  paused: undefined;
}

const playtrail = createClient<Events>({ url: "${collector.url}", key: "write-key", appVersion: "1.4.0" });
playtrail.track("boss_defeated", { boss: "hydra", seconds: 71 });
playtrail.track("paused");
const closed: { sent: number } = await playtrail.close();
export { closed };

// @ts-expect-error: it has other properties
export const mistake = () => playtrail.track("boss_defeated", { boss: 7 });
`;

beforeAll(async () => {
  await run(process.execPath, [fromRoot("sdk/build/index.ts")]);
  home = await mkdtemp(join(tmpdir(), "playtrail-package-"));
  await install(await pack(home));
  browser = await launchBrowser();
});

beforeEach(async () => {
  collector?.close();
  collector = await startBrowserCollector();
});

afterAll(async () => {
  await browser?.close();
  collector?.close();
  await rm(home, { recursive: true, force: true });
});

/** As `npm install` lays the package and what it depends on, without asking a registry. */
async function install(tarball: string): Promise<void> {
  const target = join(home, "node_modules", "playtrail");
  await mkdir(target, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(target, "package.json"), "utf8"),
  );
  for (const name of Object.keys(dependencies)) {
    await symlink(fromRoot(`node_modules/${name}`), join(home, "node_modules", name));
  }
}

/** A project beside the installed package, with these files. */
async function project(name: string, files: Record<string, string>): Promise<string> {
  const directory = join(home, name);
  await mkdir(directory);
  for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
  return directory;
}

/** The settings of a project whose bundler finds the modules: TypeScript sets no platform's condition then. */
const FOR_BUNDLERS = {
  module: "ESNext",
  moduleResolution: "bundler",
  noEmit: true,
  lib: ["ES2022", "DOM"],
};

/** Compiles a project strictly, the package's declarations too. Rejects with what is wrong. */
async function compile(directory: string, compilerOptions: object): Promise<void> {
  const base = { strict: true, target: "ES2022", lib: ["ES2022"], types: [], skipLibCheck: false };
  const config = { compilerOptions: { ...base, ...compilerOptions }, files: ["index.ts"] };
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify(config));
  await run(process.execPath, [fromRoot("node_modules/typescript/bin/tsc"), "-p", directory]).catch(
    (error) => {
      throw new Error(error.stdout);
    },
  );
}

/** Serves a directory, opens its page and waits until the page's events have arrived. */
async function openPage(directory: string): Promise<void> {
  const site = await serve(directory);
  const tab = await browser.newPage();
  const problems: string[] = [];
  tab.on("pageerror", (error) => problems.push(error.message));
  await tab.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/index.html`);
  await until("the page's events arrive", async () => (collector.arrived().length > 0 ? true : undefined));
  await tab.close();
  site.close();
  expect(problems).toEqual([]);
}

async function serve(directory: string): Promise<Server> {
  const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };
  const server = createServer(async (request, response) => {
    const path = join(directory, new URL(request.url ?? "", "http://game").pathname);
    const content = await readFile(path).catch(() => undefined);
    response.writeHead(content ? 200 : 404, { "Content-Type": types[extname(path)] ?? "text/plain" });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** The custom events that came, by name, and whether the key was in the query, as pages send it. */
function arrived(): { names: unknown[]; inQuery: boolean } {
  const names = collector
    .arrived()
    .filter(({ type }) => type === "custom")
    .map(({ fields }) => fields.name);
  return { names, inQuery: collector.requests[0]?.query.key === "write-key" };
}

it("a TypeScript project on Node compiles and sends", async () => {
  const directory = await project("on-node", {
    "package.json": `{ "type": "module" }`,
    "index.ts": `${firstEvent()}export const recorder = playtrail.forUser("player-7");\n`,
  });
  await compile(directory, { module: "NodeNext" });
  await run(process.execPath, [join(directory, "index.js")]);
  expect(arrived()).toEqual({ names: ["boss_defeated", "paused"], inQuery: false });
});

it("a Vite project builds, and its page sends", async () => {
  const directory = await project("with-vite", {
    "index.html": `<!doctype html><title>A game</title><script type="module" src="./index.ts"></script>`,
    "index.ts": firstEvent(),
  });
  await compile(directory, FOR_BUNDLERS);
  await compile(directory, { ...FOR_BUNDLERS, customConditions: ["browser"] });
  await buildWithVite({
    root: directory,
    configFile: false,
    logLevel: "silent",
    build: { target: "es2022" },
  });
  await openPage(join(directory, "dist"));
  expect(arrived()).toEqual({ names: ["boss_defeated", "paused"], inQuery: true });
});

it("a project with a bundler is offered what a page has, and by its name what another platform has", async () => {
  const directory = await project("with-a-bundler", {
    "index.ts": `
import { createClient } from "playtrail";
import { createClient as createBrowserClient } from "playtrail/browser";
import { createClient as createEdgeClient } from "playtrail/edge";
import { createClient as createNodeClient } from "playtrail/node";
import { createClient as createAppClient } from "playtrail/react-native";

declare const storage: {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
};
declare const appState: { addEventListener(type: "change", listener: (state: string) => void): { remove(): void } };
const options = { url: "https://events.example.com", key: "a-key", appVersion: "1.4.0" };

createClient(options).identify("player-7");
createBrowserClient(options).identify("player-7");
createEdgeClient(options).forUser("player-7").track("paused");
createNodeClient({ ...options, path: "/var/lib/game/queue.json" }).forUser("player-7").track("paused");
createAppClient({ ...options, platform: "ios", storage, appState }).identify("player-7");

// @ts-expect-error: a page has one player
createClient(options).forUser("player-7");
// @ts-expect-error: and no files
createClient({ ...options, path: "/var/lib/game/queue.json" });
// @ts-expect-error: an app has to give its storage
createAppClient({ ...options, platform: "ios" });
`,
  });
  await compile(directory, FOR_BUNDLERS);
});

it.each([
  ["a server", "node", `createClient({ ...options, path: "queue.json" }).forUser("player-7");`],
  ["a Worker", "workerd", `createClient(options).forUser("player-7");`],
])(
  "%s with a bundler has its own client once TypeScript is told the condition",
  async (_, condition, use) => {
    const directory = await project(`with-${condition}`, {
      "index.ts": `
import { createClient } from "playtrail";
const options = { url: "https://events.example.com", key: "a-key", appVersion: "1.4.0" };
export const own = ${use}
`,
    });
    await compile(directory, { ...FOR_BUNDLERS, customConditions: [condition] });
    await expect(compile(directory, FOR_BUNDLERS)).rejects.toThrow(/'(path|forUser)' does not exist/);
  },
);

it("a page with a script tag sends", async () => {
  const directory = await project("plain", {
    "sdk.js": await readFile(fromRoot("dist/public/sdk.js"), "utf8"),
    "index.html": `<!doctype html><title>A game</title><script src="sdk.js"></script><script>
const game = playtrail.createClient({ url: "${collector.url}", key: "write-key", appVersion: "1.4.0" });
game.track("paused");
game.flush();
</script>`,
  });
  await openPage(directory);
  expect(arrived()).toEqual({ names: ["paused"], inQuery: true });
});

it.each([
  { platform: "Vite and webpack", conditions: ["browser", "module"], shell: "browser" },
  { platform: "Wrangler", conditions: ["workerd", "worker", "browser"], shell: "edge" },
  { platform: "Next.js at the edge", conditions: ["edge-light", "worker", "browser"], shell: "edge" },
  { platform: "Metro", conditions: ["react-native"], shell: "react-native" },
  { platform: "Metro for the web", conditions: ["browser"], shell: "browser" },
  { platform: "Node", conditions: ["node", "module-sync"], shell: "node" },
  { platform: "Bun", conditions: ["bun", "node"], shell: "node" },
  { platform: "Deno", conditions: ["deno", "node"], shell: "node" },
  { platform: "whatever else", conditions: [], shell: "edge" },
])("$platform finds the $shell client", async ({ conditions, shell }) => {
  const { metafile } = await bundle({
    stdin: { contents: `export { createClient } from "playtrail";`, resolveDir: home },
    bundle: true,
    platform: "neutral",
    conditions,
    external: ["ofetch", "node:*"],
    metafile: true,
    write: false,
    absWorkingDir: home,
  });
  const modules = Object.keys(metafile.inputs).filter((file) => !/chunk|stdin/.test(file));
  expect(modules).toEqual([`node_modules/playtrail/dist/${shell}.js`]);
});
