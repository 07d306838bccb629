import type { IngestAnswer } from "../../sdk/events.ts";
import { type Batch, renewIds } from "../events.ts";
import type { Book } from "./book.ts";
import type { Collector } from "./collector.ts";

/** What a request was told. */
export interface Told {
  status: number;
  /** Seconds; absent: the answer named none. */
  retryAfter: number | undefined;
  duplicates: number;
}

const ID_LENGTH = 36;

/** Posts a batch with new ids, as a backend without the SDK does, and writes down what it was promised. */
export function postFresh(collector: Collector, book: Book, batch: Batch): Promise<Told> {
  renewIds(batch.bytes, batch.idOffsets, 0);
  return post(collector, book, batch);
}

/** Posts a batch as it stands. */
export async function post({ url, writeKey }: Collector, book: Book, batch: Batch): Promise<Told> {
  const ids = batch.idOffsets.map((offset) => batch.bytes.toString("latin1", offset, offset + ID_LENGTH));
  for (const id of ids) if (!book.has(id)) book.set(id, "waiting");
  const response = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { Authorization: `Bearer ${writeKey}`, "Content-Type": "application/json" },
    body: new Uint8Array(batch.bytes),
  });
  const { status, headers } = response;
  const answer = (await response.json()) as IngestAnswer;
  if (status !== 202) {
    const retryAfter = headers.get("Retry-After");
    return { status, retryAfter: retryAfter === null ? undefined : Number(retryAfter), duplicates: 0 };
  }
  const again = new Set(answer.results.filter(({ status }) => status === "retry").map(({ index }) => index));
  for (const [index, id] of ids.entries()) if (!again.has(index)) book.set(id, "acknowledged");
  return { status, retryAfter: undefined, duplicates: answer.duplicates };
}
