import { concat } from "../queue/parcel.ts";

/** All that a stream brings. Rejects with `tooLarge()` where that is more than so many bytes; of the rest nothing is read. */
export async function readBounded(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by an error cancels the stream: nothing more is received or inflated.
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return concat(chunks);
}
