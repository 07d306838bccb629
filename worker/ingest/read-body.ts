import { MAX_BODY_BYTES, MAX_BODY_PARTS, MAX_DECODED_BYTES } from "../events/limits.ts";
import { Problem } from "../http/problem.ts";
import { readBounded } from "../http/read-bounded.ts";
import { wellFormed } from "./well-formed.ts";

/** `text/plain` is what a browser sends across origins without asking first. */
const MEDIA_TYPES = ["application/json", "text/plain"];

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Reads a request's body as text, never more of it than the limits allow: as sent, and again as decompressed. Without half surrogate pairs. */
export async function readBody(request: Request): Promise<string> {
  checkHeaders(request.headers);
  const sent = await readSent(request);
  const isGzip = sent[0] === 0x1f && sent[1] === 0x8b;
  if (!isGzip && request.headers.get("Content-Encoding") === "gzip") {
    throw new Problem(400, "invalid_gzip", "the body is not gzip, as its Content-Encoding says");
  }
  const decoded = isGzip ? await gunzip(sent) : sent;
  checkParts(decoded);
  try {
    return wellFormed(decoder.decode(decoded));
  } catch {
    throw new Problem(400, "invalid_utf8", "the body is not UTF-8");
  }
}

function checkHeaders(headers: Headers): void {
  const mediaType = headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (mediaType === undefined || !MEDIA_TYPES.includes(mediaType)) {
    throw unsupportedMediaType();
  }
  const encoding = headers.get("Content-Encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    throw new Problem(415, "unsupported_encoding", "Content-Encoding must be gzip, or be left out", {
      "Accept-Encoding": "gzip",
    });
  }
}

/** What a declared length promises the platform holds it to; without one it is counted while it comes. */
async function readSent(request: Request): Promise<Uint8Array> {
  const declared = request.headers.get("Content-Length");
  if (Number(declared) > MAX_BODY_BYTES) throw bodyTooLarge();
  if (declared !== null) return new Uint8Array(await request.arrayBuffer());
  return request.body === null ? new Uint8Array() : readBounded(request.body, MAX_BODY_BYTES, bodyTooLarge);
}

/** Counts while it inflates: a kilobyte of gzip may hold a megabyte of zeros. */
async function gunzip(sent: Uint8Array): Promise<Uint8Array> {
  const inflated = new Response(sent).body?.pipeThrough(new DecompressionStream("gzip"));
  try {
    return inflated ? await readBounded(inflated, MAX_DECODED_BYTES, decodedTooLarge) : new Uint8Array();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, "invalid_gzip", "the body is not whole, valid gzip");
  }
}

/**
 * A few kilobytes of gzip may be two million arrays, which take hundreds of megabytes once they are read. Counted before that, in texts as well: it
 * would take reading to tell.
 */
function checkParts(json: Uint8Array): void {
  if (json.byteLength <= MAX_BODY_PARTS) return;
  let parts = 0;
  for (const byte of json) if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) parts++;
  if (parts > MAX_BODY_PARTS) throw tooManyParts();
}

const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

function tooManyParts(): Problem {
  const detail = `the body may hold ${MAX_BODY_PARTS} of [ and {: send fewer events`;
  return new Problem(413, "too_many_parts", detail);
}

export function unsupportedMediaType(): Problem {
  return new Problem(415, "unsupported_media_type", `Content-Type must be ${MEDIA_TYPES.join(" or ")}`);
}

function bodyTooLarge(): Problem {
  const detail = `the body may have ${MAX_BODY_BYTES} bytes as sent: send fewer events, or gzip`;
  return new Problem(413, "body_too_large", detail);
}

function decodedTooLarge(): Problem {
  const detail = `the body may have ${MAX_DECODED_BYTES} bytes decompressed: send fewer events`;
  return new Problem(413, "decoded_too_large", detail);
}
