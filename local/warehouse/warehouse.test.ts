import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { startLoader } from "./loader.ts";
import { deployWarehouse, warehouseFile, withWarehouse } from "./warehouse.ts";

const never = new AbortController().signal;
let data: string;
const said = vi.spyOn(console, "error").mockImplementation(() => undefined);

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "playtrail's [laptop] "));
  await deployWarehouse(data, never);
});
afterEach(() => said.mockClear());
afterAll(() => rm(data, { recursive: true }));

/** Loads once, as a stack does that is stopped at once. */
const load = (from = data) => startLoader(from, () => 0)();
const object = (name: string, content: string | Buffer) => writeFile(join(data, "s3", name), content);
const linesIn = () => withWarehouse(data, (it) => it.query("SELECT COUNT(*) AS lines FROM raw.raw_events"));

it("loads what an earlier run left, and ends a load before it stops", async () => {
  await object("1.gz", gzipSync('{"record_type":"event"}\n{"record_type":"event"}\n'));
  await load();
  expect(await linesIn()).toEqual([{ lines: 2 }]);
  expect(said).not.toHaveBeenCalled();
});

it("says once what it left out, without the data, and loads the rest", async () => {
  await object("2.gz", "no gzip");
  await object("3.gz", gzipSync('{"record_type":"event"}\n{"record_type":\n'));
  await load();
  expect(await linesIn()).toEqual([{ lines: 3 }]);
  expect(said.mock.calls.flat()).toEqual([
    expect.stringContaining("The warehouse left out 2.gz: "),
    "The warehouse left out lines that are no JSON: 1.",
  ]);
  said.mockClear();
  await load();
  expect(said).not.toHaveBeenCalled();
});

it("says that it cannot load, and why", async () => {
  await load("/nowhere");
  expect(said.mock.calls.flat()).toEqual([
    expect.stringMatching(/^The warehouse could not be loaded: .*nowhere/),
  ]);
});

it("does not wait for another process that has it, once it is to stop", async () => {
  const hold = `
    const { DuckDBInstance } = await import("@duckdb/node-api");
    globalThis.held = await DuckDBInstance.create(process.argv[1]);
    process.on("message", () => undefined); // stays
    process.send("held");`;
  const other = spawn(process.execPath, ["--input-type=module", "--eval", hold, warehouseFile(data)], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(other, "message");
  await load();
  expect(said).not.toHaveBeenCalled();
  const ended = once(other, "exit");
  other.kill("SIGKILL");
  await ended;
});

it("goes on with a warehouse that is there, and says what to do with one of another version", async () => {
  await deployWarehouse(data, never);
  expect(await linesIn()).toEqual([{ lines: 3 }]);

  const instance = await DuckDBInstance.create(warehouseFile(data));
  await (await instance.connect()).run("ALTER TABLE core.events ALTER COLUMN seq TYPE VARCHAR");
  instance.closeSync();
  await expect(deployWarehouse(data, never)).rejects.toThrow(
    /core\.events\.seq is VARCHAR.*\n.*delete it: all of it is loaded again from .*s3$/,
  );
});
