import * as z from "zod";
import { type EventFilter, eventFilterSchema } from "../events/filter.ts";
import { MAX_MESSAGE_CHARACTERS } from "./limits.ts";

const messageSchema = z.union([
  z.strictObject({ ack: z.int().min(0) }).transform(({ ack: n }) => ({ kind: "ack" as const, n })),
  z
    .strictObject({ filter: eventFilterSchema })
    .transform(({ filter }) => ({ kind: "filter" as const, filter })),
]);

/** What a client says: that it has read a frame, or what it asks to see from now on. */
export type Message = { kind: "ack"; n: number } | { kind: "filter"; filter: EventFilter };

/** Reads a client's message, `{"ack":7}` or `{"filter":{"type":"purchase"}}`; undefined: it is neither. */
export function readMessage(text: string | ArrayBuffer): Message | undefined {
  if (typeof text !== "string" || text.length > MAX_MESSAGE_CHARACTERS) return undefined;
  try {
    return messageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
