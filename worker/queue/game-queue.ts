import { DurableObject } from "cloudflare:workers";
import { type Config, requireConfig } from "../config.ts";
import {
  billedBytes,
  MAX_LINES_PER_RECORD,
  MAX_RECORD_BYTES,
  MAX_RECORDS_PER_CALL,
} from "../firehose/limits.ts";
import type { PutOutcome } from "../firehose/outcome.ts";
import { add, type CallSize, fits, pack, sizeOf, total } from "../firehose/pack.ts";
import { firehose, type PutRecordBatch } from "../firehose/put-record-batch.ts";
import { log } from "../log.ts";
import { DedupWindow } from "./dedup.ts";
import {
  type Delivery,
  deliveryAfter,
  deliveryStats,
  fatesOf,
  isProbing,
  nextWake,
  recordsOf,
  troubleOf,
  type Unit,
} from "./delivery.ts";
import { GroupCommit } from "./group-commit.ts";
import { chunksOf, type Offer, type Parcel, type Reception } from "./parcel.ts";
import { registryOf } from "./registry.ts";
import { plus, type ShardStats, type Totals } from "./stats.ts";
import { type Amount, type QueueState, QueueStore, type RequestCounts } from "./store.ts";

/** Calls in one run: it stays far within the platform's limits on time and CPU, which would end it by force. */
const MAX_CALLS_PER_RUN = 16;

/** The registry is only told: a queue does not wait for it longer than this. */
const REGISTRY_TIMEOUT_MS = 2_000;

/** An alarm so late is lost (https://github.com/cloudflare/cloudflare-docs/issues/18324): the next event sets a new one. */
const LOST_ALARM_MS = 60_000;

/** How soon a queue tries again after an error of its own, rather than of Firehose. */
const INTERNAL_RETRY_MS = 30_000;

/** What a queue knows without asking its storage; all of it can be rebuilt from there. */
interface Memory {
  state: QueueState;
  seen: DedupWindow;
  depth: Amount;
  deadLetters: Amount;
  oldestAt: number | null;
}

/**
 * A queue of one game: it acknowledges only what is durable, delivers on its alarm, and loses nothing in between. What it
 * decides is decided in `delivery.ts`, `dedup.ts` and `firehose/pack.ts`; what it keeps is kept by `store.ts`; here it is only
 * put in order. Only `append`, `stats` and `flush` can be called from outside.
 */
export class GameQueue extends DurableObject<Env> {
  readonly #name: string;
  readonly #store: QueueStore;
  #memory: Memory | undefined;
  readonly #group = new GroupCommit<Offer>((offers) => this.#write(offers));
  /** When the stored alarm comes, as far as this life knows. */
  #alarmAt: number | null = null;
  /** The delivery under way. */
  #delivering: Promise<void> | null = null;
  #put: PutRecordBatch | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#name = ctx.id.name ?? ctx.id.toString();
    this.#store = new QueueStore(ctx.storage);
  }

  /**
   * Takes parcels, and answers for each of them. The platform holds the answer back until the write is on disk: `taken` means
   * durable. Throws where storage fails; then nothing was taken.
   */
  async append(parcels: Parcel[]): Promise<Reception[]> {
    return Promise.all(parcels.map((parcel) => this.#take(parcel)));
  }

  async #take(parcel: Parcel): Promise<Reception> {
    const duplicates = this.#recalled().seen.add(parcel.ids, Date.now());
    await this.#group.add({ parcel, duplicates });
    return { kind: "taken", duplicates };
  }

  /** This queue's numbers. */
  stats(): ShardStats {
    const { state, depth, deadLetters, oldestAt } = this.#recalled();
    this.#countRowsWritten();
    return {
      shard: this.#name,
      depth: { ...depth, oldest_age_ms: oldestAt === null ? 0 : Math.max(0, Date.now() - oldestAt) },
      delivery: deliveryStats(state.delivery, this.#delivering !== null),
      dead_letters: { ...deadLetters },
      totals: { ...state.totals },
    };
  }

  /** Delivers now, whatever backoff says, and answers with the numbers after it; of a large backlog the first calls. */
  async flush(): Promise<ShardStats> {
    // What was under way may have begun before the latest events came.
    await this.#delivering;
    await this.#deliver();
    this.#arm(Date.now());
    return this.stats();
  }

  /** Never throws: after six failed runs the platform deletes an alarm, and the queue would stand still for ever. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    try {
      this.#count({ rows_written: 1 });
      const { nextAttemptAt } = this.#recalled().state.delivery;
      if (nextAttemptAt === null || nextAttemptAt <= Date.now()) await this.#deliver();
      this.#arm(Date.now());
    } catch (error) {
      log("error", "alarm_failed", { queue: this.#name, error: String(error) });
      this.#setAlarm(Date.now() + INTERNAL_RETRY_MS);
    }
  }

  /** Writes what came together: it awaits nothing, so all of it is one implicit transaction. */
  #write(offers: readonly Offer[]): void {
    const now = Date.now();
    try {
      this.#writeRows(offers, now);
      this.#arm(now);
    } catch (error) {
      // The window may remember ids that were not stored: a retry would be called a duplicate, and lost.
      this.#memory = undefined;
      throw error;
    }
  }

  #writeRows(offers: readonly Offer[], now: number): void {
    const memory = this.#recalled();
    const chunks = chunksOf(offers, { events: MAX_LINES_PER_RECORD, bytes: MAX_RECORD_BYTES });
    const accepted = chunks.reduce((sum, { events }) => sum + events, 0);
    const counts = countsOf(offers);
    this.#count({ ...counts, accepted, received: accepted + counts.duplicates + counts.rejected });
    const write = () => {
      for (const [index, chunk] of chunks.entries()) {
        memory.state.lastSeq++;
        this.#store.append(memory.state.lastSeq, now, chunk, index === 0 ? counts : NO_COUNTS);
        memory.depth.events += chunk.events;
        memory.depth.bytes += chunk.lines.byteLength;
        memory.oldestAt ??= now;
      }
      if (chunks.length === 0) this.#save();
    };
    // One row is written or not; several must be made to stand or fall together.
    if (chunks.length > 1) this.#store.transaction(write);
    else write();
  }

  /** One delivery at a time: whoever asks for another joins the one under way. */
  #deliver(): Promise<void> {
    this.#delivering ??= this.#deliverWaiting()
      .catch((error) => {
        // Memory may be ahead of a transaction that was rolled back.
        this.#memory = undefined;
        throw error;
      })
      .finally(() => {
        this.#delivering = null;
      });
    return this.#delivering;
  }

  /** Delivers what waits now; what comes meanwhile only once it fills a call, since it packs better later. */
  async #deliverWaiting(): Promise<void> {
    const { FIREHOSE_CALL_BYTES } = requireConfig(this.env);
    await this.#introduce();
    let upTo = this.#recalled().state.lastSeq;
    for (let calls = 0; calls < MAX_CALLS_PER_RUN; calls++) {
      const units = this.#nextCall(upTo);
      if (units.length === 0) return;
      await this.#call(units);
      const { depth, state } = this.#recalled();
      if (state.delivery.nextAttemptAt !== null) return;
      if (depth.bytes >= FIREHOSE_CALL_BYTES) upTo = state.lastSeq;
    }
  }

  /** What the next call carries: failed records first, then fresh rows, oldest first; one unit alone where it is a probe. */
  #nextCall(upTo: number): Unit[] {
    const { FIREHOSE_PACKING: packing, FIREHOSE_CALL_BYTES } = requireConfig(this.env);
    const isProbe = isProbing(this.#recalled().state.delivery);
    const limit: CallSize = { records: isProbe ? 1 : MAX_RECORDS_PER_CALL, bytes: FIREHOSE_CALL_BYTES };
    let taken: CallSize = { records: 0, bytes: 0 };
    const units: Unit[] = [];
    for (const unit of this.#store.failedUnits()) {
      const size = sizeOf(unit, packing);
      if (!fits(taken, size, limit)) return units;
      taken = add(taken, size);
      units.push(unit);
    }
    const fresh = pack(this.#store.freshRows(upTo), packing, taken, limit);
    return units.concat(fresh.map((rows) => ({ rows, attempts: 0, held: false, ...total(rows) })));
  }

  /** Makes one call and settles it. */
  async #call(units: Unit[]): Promise<void> {
    const config = requireConfig(this.env);
    const records = units.flatMap((unit) => recordsOf(unit, config.FIREHOSE_PACKING));
    this.#put ??= firehose(streamOf(config));
    const outcome = await this.#put(records);
    const before = this.#recalled().state.delivery;
    this.#settle(units, outcome, records, config);
    const after = this.#recalled().state.delivery;
    if (outcome.kind !== "answered" || outcome.failures.size > 0) {
      log("warn", "delivery_failed", { queue: this.#name, records: records.length, ...after.lastError });
    }
    if (troubleOf(before) !== troubleOf(after)) await this.#report(after);
  }

  /** Writes down what came of a call, all of it or nothing. */
  #settle(units: Unit[], outcome: PutOutcome, records: Uint8Array[][], config: Config): void {
    const now = Date.now();
    const memory = this.#recalled();
    const { state } = memory;
    const fates = fatesOf(units, outcome, config.FIREHOSE_PACKING, config.MAX_ATTEMPTS);
    this.#store.transaction(() => {
      const { delivered, dead } = this.#store.settle(units, fates, now, config.DEDUP_WINDOW_MS);
      memory.depth = minus(minus(memory.depth, delivered), dead);
      memory.deadLetters.events += dead.events;
      memory.deadLetters.bytes += dead.bytes;
      memory.oldestAt = this.#store.oldestAt();
      state.delivery = deliveryAfter(state.delivery, outcome, fates, now);
      // What was refused last may have gone to dead letters: then nothing is left that could fail.
      if (memory.depth.events === 0)
        state.delivery = { ...state.delivery, consecutiveFailures: 0, nextAttemptAt: null };
      this.#count({
        delivered: delivered.events,
        dead_lettered: dead.events,
        ...callCounts(outcome, records),
      });
      this.#save();
    });
  }

  /** Tells the registry, once in this queue's life, that it exists. */
  async #introduce(): Promise<void> {
    const { state } = this.#recalled();
    if (state.registered) return;
    await this.#report(state.delivery);
  }

  /** Tells the registry how delivery goes. It is told again at the next turn where it cannot be reached: delivery goes on. */
  async #report(delivery: Delivery): Promise<void> {
    const reason = troubleOf(delivery);
    const trouble =
      reason === null ? null : { since: delivery.lastError?.at ?? new Date().toISOString(), reason };
    let registered = false;
    try {
      await within(REGISTRY_TIMEOUT_MS, registryOf(this.env).report(this.#name, trouble));
      registered = true;
    } catch (error) {
      log("warn", "registry_unreachable", { queue: this.#name, error: String(error) });
    }
    this.#recalled().state.registered = registered;
    this.#save();
  }

  /** Sets the alarm for whatever is due first, unless one comes by then: each one set is a row written. */
  #arm(now: number): void {
    const { depth, oldestAt, state } = this.#recalled();
    const { FIREHOSE_CALL_BYTES: callBytes, FLUSH_INTERVAL_MS: flushIntervalMs } = requireConfig(this.env);
    const wake = nextWake({ bytes: depth.bytes, oldestAt }, state.delivery, { callBytes, flushIntervalMs });
    if (wake === null) return;
    // A delivery arms again when it ends. Until then this is but a safeguard, and must not call for a second one at once.
    const at = Math.max(wake, now + (this.#delivering === null ? 1 : flushIntervalMs));
    const isSet = this.#alarmAt !== null && this.#alarmAt > now - LOST_ALARM_MS && this.#alarmAt <= at;
    if (!isSet) this.#setAlarm(at);
  }

  #setAlarm(at: number): void {
    void this.ctx.storage.setAlarm(at);
    this.#alarmAt = at;
  }

  /** What this queue knows; after an eviction, read back from storage. */
  #recalled(): Memory {
    this.#memory ??= this.#recall();
    return this.#memory;
  }

  #recall(): Memory {
    const { DEDUP_WINDOW_MS } = requireConfig(this.env);
    const seen = new DedupWindow(DEDUP_WINDOW_MS);
    for (const { at, ids } of this.#store.seenIds(DEDUP_WINDOW_MS, Date.now())) seen.add(ids, at);
    for (const { parcel } of this.#group.waiting) seen.add(parcel.ids, Date.now());
    return {
      state: this.#store.readState(),
      seen,
      depth: this.#store.readDepth(),
      deadLetters: this.#store.readDeadLetters(),
      oldestAt: this.#store.oldestAt(),
    };
  }

  #count(counts: Partial<Totals>): void {
    const { state } = this.#recalled();
    state.totals = plus(state.totals, counts);
  }

  #countRowsWritten(): void {
    this.#count({ rows_written: this.#store.takeRowsWritten() });
  }

  /** Saves the state, counting the row that this writes. */
  #save(): void {
    this.#countRowsWritten();
    this.#count({ rows_written: 1 });
    this.#store.saveState(this.#recalled().state);
    this.#store.takeRowsWritten();
  }
}

const NO_COUNTS: RequestCounts = { duplicates: 0, rejected: 0, client_dropped: 0 };

function countsOf(offers: readonly Offer[]): RequestCounts {
  const counts = { ...NO_COUNTS };
  for (const { parcel, duplicates } of offers) {
    counts.duplicates += duplicates.length;
    counts.rejected += parcel.rejected;
    // A batch of nothing but duplicates was sent before, and so was its count of what the client dropped.
    const isRepeat = duplicates.length > 0 && duplicates.length === parcel.lengths.length;
    if (!isRepeat) counts.client_dropped += parcel.clientDropped;
  }
  return counts;
}

/** Rejects where `promise` takes longer; leaves no timer behind, which would keep the object awake. */
async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function minus(a: Amount, b: Amount): Amount {
  return { events: a.events - b.events, bytes: a.bytes - b.bytes };
}

/** What a call adds to the totals: the call, and the records that were taken. */
function callCounts(outcome: PutOutcome, records: Uint8Array[][]): Partial<Totals> {
  const taken = outcome.kind === "answered" ? records.filter((_, index) => !outcome.failures.has(index)) : [];
  const sizes = taken.map((chunks) => chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  return {
    firehose_calls: 1,
    firehose_records: taken.length,
    firehose_bytes: sizes.reduce((sum, size) => sum + size, 0),
    firehose_billed_bytes: sizes.reduce((sum, size) => sum + billedBytes(size), 0),
  };
}

function streamOf(config: Config) {
  return {
    name: config.FIREHOSE_STREAM,
    region: config.AWS_REGION,
    endpoint: config.FIREHOSE_ENDPOINT,
    accessKeyId: config.AWS_ACCESS_KEY_ID,
    secretAccessKey: config.AWS_SECRET_ACCESS_KEY,
    sessionToken: config.AWS_SESSION_TOKEN,
  };
}
