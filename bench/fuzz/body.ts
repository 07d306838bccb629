import { gzipSync } from "node:zlib";
import fc, { type Arbitrary } from "fast-check";
import { arbitraryOf, type Names } from "./arbitrary.ts";
import { HOSTILE_BODIES, HOSTILE_ENCODINGS, HOSTILE_MEDIA_TYPES } from "./hostile.ts";
import { nearly } from "./mutate.ts";
import type { Schema } from "./openapi.ts";

/** A body as it goes over the wire, and the headers that speak of it. */
export interface Body {
  bytes: Buffer;
  headers: (readonly [string, string])[];
  /** Without a Content-Length. */
  isChunked: boolean;
}

/** A kilobyte for each megabyte: it must be counted while it inflates. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "), { level: 9 });

const JSON_TYPE = ["Content-Type", "application/json"] as const;
const GZIP = ["Content-Encoding", "gzip"] as const;

/** Bodies of a schema: mostly valid or nearly so, some as nobody would write them, in every encoding. */
export function bodyOf(schema: Schema, names: Names): Arbitrary<Body> {
  const valid = arbitraryOf(schema, names);
  const text = fc.oneof(
    { weight: 12, arbitrary: valid.map(json) },
    { weight: 6, arbitrary: nearly(valid).map(json) },
    { weight: 2, arbitrary: fc.tuple(valid.map(json), spoiling).map(([whole, spoil]) => spoil(whole)) },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_BODIES) },
  );
  return fc.oneof(
    { weight: 60, arbitrary: text.map((sent) => plain(Buffer.from(sent))) },
    { weight: 10, arbitrary: text.map((sent) => zipped(gzipSync(sent, { level: 1 }))) },
    { weight: 10, arbitrary: fc.tuple(text, sending).map(([sent, send]) => send(sent)) },
  );
}

/** What has no text as JSON, such as a body whose root was removed, is sent as nothing. */
function json(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

const plain = (bytes: Buffer): Body => ({ bytes, headers: [JSON_TYPE], isChunked: false });
const zipped = (bytes: Buffer): Body => ({ bytes, headers: [JSON_TYPE, GZIP], isChunked: false });

/** Ways to make of JSON what is hardly JSON any more. */
const spoiling = fc.constantFrom<((text: string) => string)[]>(
  (text) => text.slice(0, Math.floor(text.length / 2)),
  (text) => `${text}${text}`,
  (text) => `\ufeff${text}`,
  (text) => `${text}\u0000`,
  (text) => text.replaceAll('"', "'"),
  (text) => text.replace(/:\d+/, ":1e999"),
  (text) => text.replace(/:\d+/, ":NaN"),
  (text) => text.replace(/:\d+/, `:${"9".repeat(400)}`),
  (text) => text.replace("{", '{"user_id":"first","user_id":{"__proto__":1},'),
  (text) => text.replace("{", '{"price":1.2345678901234567890123456789,'),
  (text) => text.replace(/"([^"]*)"/, '"\\u0000$1\\ud800"'),
);

/** Ways to send a text that few clients know. */
const sending = fc.constantFrom<((text: string) => Body)[]>(
  (text) => ({ ...plain(Buffer.from(text)), isChunked: true }),
  (text) => plain(gzipSync(text)),
  (text) => plain(Buffer.from(text, "utf16le")),
  (text) => plain(Buffer.from(`${text}é界`, "utf8").subarray(0, -1)),
  (text) => plain(Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xc0, 0x80])])),
  (text) => zipped(Buffer.from(text)),
  (text) => zipped(gzipSync(text).subarray(0, -5)),
  (text) => zipped(gzipSync(gzipSync(text))),
  (text) => zipped(Buffer.concat([gzipSync(text), gzipSync(text)])),
  (text) => zipped(flipped(gzipSync(text))),
  () => zipped(BOMB),
  () => ({ ...zipped(BOMB), isChunked: true }),
  ...HOSTILE_MEDIA_TYPES.map(
    (type) =>
      (text: string): Body => ({
        ...plain(Buffer.from(text)),
        headers: [["Content-Type", type]],
      }),
  ),
  ...HOSTILE_ENCODINGS.map(
    (encoding) =>
      (text: string): Body => ({
        ...plain(Buffer.from(text)),
        headers: [JSON_TYPE, ["Content-Encoding", encoding]],
      }),
  ),
  (text) => ({ ...plain(Buffer.from(text)), headers: [] }),
);

function flipped(bytes: Buffer): Buffer {
  const middle = Math.floor(bytes.length / 2);
  return Buffer.concat([
    bytes.subarray(0, middle),
    Buffer.from([(bytes[middle] ?? 0) ^ 0x55]),
    bytes.subarray(middle + 1),
  ]);
}
