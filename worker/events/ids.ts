import { createHash } from "node:crypto";

/** Bytes of an event's identity, wherever one is stored or compared. */
export const ID_BYTES = 16;

/** The UUIDv8 that `seq` stands for: the seed's first ten bytes, then `seq` in six. */
export function seededId(seed: string, seq: number): string {
  return uuidV8(seed.replaceAll("-", "").slice(0, 20) + seq.toString(16).padStart(12, "0"));
}

/**
 * The UUIDv8 of an event that came without an id, from all that it says, so that a retry meets its twin. The order of its
 * fields makes no difference.
 */
export function derivedId(game: string, event: Record<string, unknown>): string {
  const { game_id: _, ...content } = event;
  const fields = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  return uuidV8(
    createHash("sha256")
      .update(JSON.stringify([game, fields]))
      .digest("hex")
      .slice(0, 32),
  );
}

/** Marks 32 hexadecimal digits as a UUID of version 8: https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function uuidV8(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`.toLowerCase();
}

/** A hexadecimal digit's value by its character code. */
const HEX = new Uint8Array(128);
for (let value = 0; value < 16; value++) HEX[value.toString(16).charCodeAt(0)] = value;

/** Where a UUID's sixteen bytes begin in its text. */
const BYTE_POSITIONS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** Writes a lower-case UUID into `target` as its sixteen bytes. */
export function writeId(uuid: string, target: Uint8Array, offset: number): void {
  for (let i = 0; i < ID_BYTES; i++) {
    const at = BYTE_POSITIONS[i] as number;
    target[offset + i] =
      ((HEX[uuid.charCodeAt(at)] as number) << 4) | (HEX[uuid.charCodeAt(at + 1)] as number);
  }
}
