/** A shorter body gains too little from gzip. */
const MIN_CHARACTERS = 1024;

/** Gzips a body where that pays and the platform can; otherwise gives it back as it is. */
export async function compress(text: string): Promise<string | Uint8Array<ArrayBuffer>> {
  if (text.length <= MIN_CHARACTERS || typeof CompressionStream === "undefined") return text;
  const zipped = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}
