import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../testing.ts";
import { objectKey, objectName, openObjectStore, unframe } from "./objects.ts";

const ID = "0f9a4c8e-3b1d-4e6f-8a2b-5c7d9e1f3a4b";

function openStore(data: string, options: { bufferMs?: number; bufferBytes?: number } = {}) {
  return openObjectStore({ data, stream: "events", bufferMs: 600_000, bufferBytes: 1_000_000, ...options });
}

/** The objects' contents, in the order of their names. */
async function readObjects(data: string): Promise<string[]> {
  const files = await readdir(join(data, "s3", "events"), { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  return Promise.all(paths.sort().map(async (path) => gunzipSync(await readFile(path)).toString()));
}

function buffersIn(data: string): Promise<string[]> {
  return readdir(join(data, "firehose", "events"));
}

test("an object is named as Firehose names it, by the UTC of its first record", () => {
  const name = objectName("my-1-events", new Date("2026-11-21T07:08:09.999Z"), ID);
  expect(name).toBe(`my-1-events-1-2026-11-21-07-08-09-${ID}`);
  expect(objectKey(name)).toBe(`2026/11/21/07/${name}.json.gz`);
  expect(() => objectKey("notes")).toThrow('"notes" is not the name of a Firehose object');
});

test("a flush turns what was appended, byte for byte, into one object, and leaves no buffer", async () => {
  const data = await temporaryDirectory();
  const store = openStore(data);
  store.append(Buffer.from('{"a":1}\n'));
  store.append(Buffer.from("no newline"));
  expect(await store.flush()).toBe(1);
  expect(await readObjects(data)).toEqual(['{"a":1}\nno newline']);
  expect(await buffersIn(data)).toEqual([]);
  expect(await store.flush()).toBe(0);
  expect(store.objects()).toBe(1);
});

test("a full buffer becomes an object at once", async () => {
  const data = await temporaryDirectory();
  const store = openStore(data, { bufferBytes: 4 });
  store.append(Buffer.from("full"));
  store.append(Buffer.from("new"));
  await store.flush();
  expect((await readObjects(data)).sort()).toEqual(["full", "new"]);
});

test("a buffer that is old enough becomes an object by itself", async () => {
  const data = await temporaryDirectory();
  const store = openStore(data, { bufferMs: 1 });
  store.append(Buffer.from("old"));
  await expect.poll(() => readObjects(data).catch(() => [])).toEqual(["old"]);
});

test("what a killed process had accepted is delivered by the next one, once", async () => {
  const data = await temporaryDirectory();
  const killed = openStore(data);
  killed.append(Buffer.from("accepted\n"));

  const next = openStore(data);
  expect(await next.flush()).toBe(1);
  expect(await readObjects(data)).toEqual(["accepted\n"]);
  expect(await openStore(data).flush()).toBe(0);
});

test("a process killed between writing an object and removing its buffer doubles nothing", async () => {
  const data = await temporaryDirectory();
  const killed = openStore(data);
  killed.append(Buffer.from("accepted\n"));
  const [buffer = ""] = await buffersIn(data);
  const path = join(data, "firehose", "events", buffer);
  await copyFile(path, join(data, "copy"));
  await killed.flush();
  await copyFile(join(data, "copy"), path);

  expect(await openStore(data).flush()).toBe(0);
  expect(await readObjects(data)).toEqual(["accepted\n"]);
  expect(await buffersIn(data)).toEqual([]);
});

test("a process killed in the middle of a write loses only what it had not answered for", async () => {
  const data = await temporaryDirectory();
  const killed = openStore(data);
  killed.append(Buffer.from("accepted\n"));
  killed.append(Buffer.from("not answered for\n"));
  const [buffer = ""] = await buffersIn(data);
  const path = join(data, "firehose", "events", buffer);
  await writeFile(path, (await readFile(path)).subarray(0, -3));

  await openStore(data).flush();
  expect(await readObjects(data)).toEqual(["accepted\n"]);
});

test("a process killed before its first byte leaves no object behind", async () => {
  const data = await temporaryDirectory();
  const store = openStore(data);
  await writeFile(join(data, "firehose", "events", `${objectName("events", new Date(), ID)}.buffer`), "");
  expect(await store.flush()).toBe(0);
  expect(await buffersIn(data)).toEqual([]);
});

test("a buffer cut anywhere gives whole frames only", () => {
  const frames = Buffer.from([0, 0, 0, 2, 0x61, 0x0a, 0, 0, 0, 1, 0x62]);
  const contents = Array.from({ length: 12 }, (_, length) => unframe(frames.subarray(0, length)).toString());
  expect(contents).toEqual([...Array(6).fill(""), ...Array(5).fill("a\n"), "a\nb"]);
});
