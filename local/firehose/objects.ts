/**
 * From accepted bytes to gzip objects. Firehose is durable once it has answered, so what is accepted is first appended to a
 * buffer file, `<data>/firehose/<stream>/<object name>.buffer`: frames of a four-byte length and that many bytes. The file carries the
 * name of the object that it becomes: after a crash it is plain whether that object was already written.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);
const BUFFER_SUFFIX = ".buffer";
const LENGTH_BYTES = 4;

export interface ObjectStoreOptions {
  /** The directory that holds `firehose/` (buffers) and `s3/` (objects). */
  data: string;
  stream: string;
  /** An object is written this long after its first record … */
  bufferMs: number;
  /** … or as soon as it holds this much. */
  bufferBytes: number;
}

/** One delivery stream's buffer and objects. Nothing else may write to the same data directory. */
export interface ObjectStore {
  /** Returns when `bytes` would survive this process. Throws where the disk refuses. */
  append(bytes: Buffer): void;
  /** Writes all that is buffered; resolves to how many objects that made. */
  flush(): Promise<number>;
  /** How many objects were written since the start. */
  objects(): number;
}

/** Opens the store. What an earlier process left in its buffers is written by the first flush. */
export function openObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { data, stream, bufferMs, bufferBytes } = options;
  const buffers = join(data, "firehose", stream);
  mkdirSync(buffers, { recursive: true });

  let open: { name: string; file: number; bytes: number; timer: NodeJS.Timeout } | undefined;
  let written = 0;
  // One delivery at a time, so that a flush also waits for those before it.
  let delivering: Promise<unknown> = Promise.resolve();

  function append(bytes: Buffer): void {
    open ??= openBuffer();
    try {
      // Synchronous: calls cannot interleave, and the page cache outlives this process, though not the machine.
      appendFileSync(open.file, frame(bytes));
    } catch (error) {
      flushInBackground(); // a torn frame is harmless only as a buffer's last one
      throw error;
    }
    open.bytes += bytes.byteLength;
    if (open.bytes >= bufferBytes) flushInBackground();
  }

  function openBuffer() {
    const name = objectName(stream, new Date(), randomUUID());
    const file = openSync(join(buffers, name + BUFFER_SUFFIX), "ax");
    return { name, file, bytes: 0, timer: setTimeout(flushInBackground, bufferMs) };
  }

  function flushInBackground(): void {
    flush().catch((error) => console.error("Firehose stand-in: an object could not be written:", error));
  }

  function flush(): Promise<number> {
    if (open !== undefined) {
      clearTimeout(open.timer);
      closeSync(open.file);
      open = undefined;
    }
    const delivery = delivering.then(deliverClosedBuffers);
    delivering = delivery.catch(() => undefined); // the next flush tries the same buffers again
    return delivery;
  }

  /** The directory is the to-do list: what an earlier run or a full disk left behind is on it too. */
  async function deliverClosedBuffers(): Promise<number> {
    const names = (await readdir(buffers))
      .filter((file) => file.endsWith(BUFFER_SUFFIX))
      .map((file) => basename(file, BUFFER_SUFFIX))
      .filter((name) => name !== open?.name);
    let count = 0;
    for (const name of names.sort()) {
      const object = join(data, "s3", stream, objectKey(name));
      if ((await deliver(join(buffers, name + BUFFER_SUFFIX), object)) === "written") count++;
    }
    written += count;
    return count;
  }

  return { append, flush, objects: () => written };
}

/** Turns a buffer into its object, unless an earlier run did and was killed before it could remove the buffer. */
async function deliver(buffer: string, object: string): Promise<"written" | "nothing to write"> {
  const content = existsSync(object) ? Buffer.alloc(0) : unframe(await readFile(buffer));
  if (content.byteLength > 0) await writeWhole(object, await compress(content));
  await rm(buffer);
  return content.byteLength > 0 ? "written" : "nothing to write";
}

/** A reader of the directory sees the whole file or none: it is written under a dot name, then renamed. */
async function writeWhole(path: string, content: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = join(dirname(path), `.${basename(path)}`);
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}

/** As Firehose names objects: `<stream>-<version>-YYYY-MM-DD-HH-MM-SS-<uuid>`, in UTC. */
export function objectName(stream: string, arrived: Date, id: string): string {
  return `${stream}-1-${arrived.toISOString().slice(0, 19).replaceAll(/[T:]/g, "-")}-${id}`;
}

/** Where an object of that name stands, below the prefix that the warehouse reads: `YYYY/MM/DD/HH/<name>.json.gz`, as aws/layout.ts has it. */
export function objectKey(name: string): string {
  const [, year, month, day, hour] =
    /-1-(\d{4})-(\d\d)-(\d\d)-(\d\d)-\d\d-\d\d-[0-9a-f-]{36}$/.exec(name) ?? [];
  if (!year || !month || !day || !hour) throw new Error(`"${name}" is not the name of a Firehose object`);
  return `${year}/${month}/${day}/${hour}/${name}.json.gz`;
}

function frame(bytes: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

/** The content of all whole frames. A torn last one was never answered for: its process was killed while it wrote. */
export function unframe(buffer: Buffer): Buffer {
  const contents: Buffer[] = [];
  let offset = 0;
  while (offset + LENGTH_BYTES <= buffer.byteLength) {
    const start = offset + LENGTH_BYTES;
    offset = start + buffer.readUInt32BE(offset);
    if (offset <= buffer.byteLength) contents.push(buffer.subarray(start, offset));
  }
  return Buffer.concat(contents);
}
