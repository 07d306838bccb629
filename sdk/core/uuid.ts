/** A random UUID (version 4). `crypto.randomUUID` would do, but browsers hide it from a page on plain http, such as a phone on a developer's LAN. */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40; // version 4, RFC 9562 §5.4
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80; // variant, RFC 9562 §4.1
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * The id that the collector derives for event `seq` of a version 4 `seed`: a UUIDv8 of the seed's first ten bytes, then `seq` in six.
 * @example numberedUuid("0f8fad5b-d9cb-469f-a165-70867728950e", 1) === "0f8fad5b-d9cb-869f-a165-000000000001"
 */
export function numberedUuid(seed: string, seq: number): string {
  return `${seed.slice(0, 14)}8${seed.slice(15, 24)}${seq.toString(16).padStart(12, "0")}`;
}
