import { DurableObject } from "cloudflare:workers";
import { IdSet, WORDS } from "../../worker/queue/dedup/id-set.ts";
import { DedupWindow } from "../../worker/queue/dedup/window.ts";
import type { DedupAnswer, DedupStep } from "../dedup-step.ts";

interface DedupEnv {
  DEDUP: DurableObjectNamespace<DedupBench>;
}

const WINDOW_MS = 86_400_000;
const IDS_PER_REQUEST = 500;
/** About 1 MiB of lines, as one Firehose call carries them. */
const REQUESTS_PER_CALL = 5;

/** Passes each step on to the object. Time is taken outside: a Worker's clock stands still while it computes. */
export default {
  async fetch(request: Request, env: DedupEnv): Promise<Response> {
    return Response.json(await env.DEDUP.getByName("dedup").run(await request.json<DedupStep>()));
  },
};

/** A queue's memory of ids without the queue: the real one, and what it is compared with. Its clock goes by the ids that came. */
export class DedupBench extends DurableObject<DedupEnv> {
  #window: DedupWindow | undefined;
  readonly #flat = new IdSet();
  readonly #strings = new Set<string>();
  #outbox: { seq: number; ids: Uint8Array }[] = [];
  #seq = 0;
  #bucketsRead = 0;

  run({ contender, from, count, stride, msPerId }: DedupStep): DedupAnswer {
    let duplicates = 0;
    for (let done = 0; done < count; done += IDS_PER_REQUEST) {
      const words = idsFrom(from + done * stride, Math.min(IDS_PER_REQUEST, count - done), stride);
      duplicates += this.#take(contender, words, (from + done) * msPerId);
    }
    if (contender === "window") this.#awake();
    const bucketsRead = this.#bucketsRead;
    this.#bucketsRead = 0;
    return { duplicates, bucketsRead, rowsWritten: this.#window?.takeRowsWritten() ?? 0, ...this.#stored() };
  }

  #take(contender: DedupStep["contender"], words: Uint32Array, at: number): number {
    switch (contender) {
      case "window":
        return this.#takeInWindow(new Uint8Array(words.buffer), at);
      case "flat":
        return each(words, (offset) => !this.#flat.add(words, offset));
      case "strings":
        return each(words, (offset) => {
          const size = this.#strings.size;
          return this.#strings.add(textOf(words, offset)).size === size;
        });
      case "texts":
        return each(words, (offset) => textOf(words, offset) === "");
    }
  }

  /** What a queue does with a request: take its ids, write, seal, and now and then deliver. */
  #takeInWindow(ids: Uint8Array, at: number): number {
    const window = this.#awake();
    const duplicates = window.add(ids, at).length;
    if (duplicates > 0) return duplicates;
    window.sealIfDue(this.#seq++);
    this.#outbox.push({ seq: this.#seq, ids });
    if (this.#outbox.length === REQUESTS_PER_CALL) {
      window.delivered(this.#outbox);
      this.#outbox = [];
    }
    return 0;
  }

  #awake(): DedupWindow {
    if (this.#window === undefined) {
      this.#window = new DedupWindow(this.#countingStorage(), { windowMs: WINDOW_MS });
      this.#window.rebuild([]);
      this.#seq = this.#window.sealedSeq;
    }
    return this.#window;
  }

  /** The object's storage, as far as the window uses it, with an ear on what is read. */
  #countingStorage(): DurableObjectStorage {
    const { storage } = this.ctx;
    const exec = (query: string, ...bindings: unknown[]) => {
      if (query.startsWith("SELECT ids FROM dedup_bucket")) this.#bucketsRead++;
      return storage.sql.exec(query, ...bindings);
    };
    const counting = { sql: { exec }, transactionSync: (work: () => void) => storage.transactionSync(work) };
    return counting as unknown as DurableObjectStorage;
  }

  #stored(): Pick<DedupAnswer, "filterBytes" | "storedBytes"> {
    const { sql } = this.ctx.storage;
    const filterBytes = this.#window
      ? sql.exec<{ bytes: number }>("SELECT coalesce(sum(length(filter)), 0) AS bytes FROM dedup_run").one()
          .bytes
      : 0;
    return { filterBytes, storedBytes: sql.databaseSize };
  }
}

/** Ids numbered `from`, `from + stride`, …: alike in all else, which makes no difference to a keyed hash. */
function idsFrom(from: number, count: number, stride: number): Uint32Array {
  const words = new Uint32Array(count * WORDS);
  for (let i = 0; i < count; i++)
    words.set([0x01890a5d, 0xac96774b, 0xbcceb302, from + i * stride], i * WORDS);
  return words;
}

/** How many ids `isDuplicate` says are. */
function each(words: Uint32Array, isDuplicate: (offset: number) => boolean): number {
  let duplicates = 0;
  for (let offset = 0; offset < words.length; offset += WORDS) duplicates += Number(isDuplicate(offset));
  return duplicates;
}

/** 36 characters, as an id stands in an event. */
function textOf(words: Uint32Array, offset: number): string {
  const [a, b, c, d] = [...words.subarray(offset, offset + WORDS)].map((word) =>
    word.toString(16).padStart(8, "0"),
  );
  return `${a}-${b?.slice(0, 4)}-${b?.slice(4)}-${c?.slice(0, 4)}-${c?.slice(4)}${d}`;
}
