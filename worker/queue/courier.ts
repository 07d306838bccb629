import type { Config } from "../config.ts";
import { failureClassOf } from "../firehose/failure-class.ts";
import { billedBytes, MAX_RECORDS_PER_CALL } from "../firehose/limits.ts";
import type { PutOutcome } from "../firehose/outcome.ts";
import { add, type CallSize, fits, type Packing, pack, sizeOf, total } from "../firehose/pack.ts";
import type { PutRecordBatch } from "../firehose/put-record-batch.ts";
import { log } from "../log.ts";
import { deliveryAfter, isBackingOff, probing } from "./breaker.ts";
import { fatesOf } from "./fate.ts";
import type { Ledger } from "./ledger.ts";
import { TokenBucket } from "./pace.ts";
import type { Totals } from "./stats.ts";
import type { CallTally } from "./tally.ts";
import { type Held, type OutboxRow, recordsOf, type Unit } from "./unit.ts";

/** Calls at a time. The platform lets six connections of an object wait for an answer; some are left for the registry. */
const PARALLEL_CALLS = 4;

/** How long one run may go on sending: the platform ends by force what takes too long, and counts processor time by the run. */
const RUN_MS = 10_000;
const RUN_BYTES = 64 * 1024 * 1024;

const BYTES_PER_MIB = 1024 * 1024;

/** A suspect that was not tried for so long goes before everything else. */
const OVERDUE_MS = 60_000;

/** What a courier works with. */
export interface Satchel {
  /** As it stands now: what was known before an error may be wrong. */
  ledger(): Ledger;
  config(): Config;
  put: PutRecordBatch;
  /** Tells leaderboards what has come so far; never rejects. */
  tellBoards(): Promise<void>;
  /** Does work that writes; where that fails, what `ledger` knew is forgotten. */
  writing<T>(work: () => T): T;
  name: string;
}

/** Carries what waits to Firehose: several calls at a time, within the stream's quota, one run after the other. */
export class Courier {
  readonly #satchel: Satchel;
  readonly #bucket: TokenBucket;

  constructor(satchel: Satchel) {
    this.#satchel = satchel;
    this.#bucket = new TokenBucket(satchel.config().FIREHOSE_CALL_BYTES);
  }

  /** Delivers what waits now; what comes meanwhile only once it fills a call, since it packs better later. Ends with the first failure. */
  async run(): Promise<void> {
    const { ledger, config } = this.#satchel;
    const { state } = ledger();
    if (state.delivery.state !== "closed") return this.#probe();
    const route = new Route(ledger, config());
    const calls = new Calls();
    const startedAt = Date.now();
    for (let bytes = 0; bytes < RUN_BYTES && Date.now() < startedAt + RUN_MS; ) {
      const units = route.nextCall();
      if (units.length === 0) break;
      const size = total(units).bytes;
      await this.#patience(size);
      await calls.room();
      if (calls.haveFailed || isBackingOff(ledger().state.delivery, Date.now())) break;
      calls.add(this.#call(units));
      bytes += size;
    }
    await calls.end();
  }

  /** Sends one unit alone, to try whether Firehose is back; goes on where it is. */
  async #probe(): Promise<void> {
    const { ledger, config } = this.#satchel;
    const { state } = ledger();
    state.delivery = probing(state.delivery);
    ledger().save();
    const unit = new Route(ledger, config()).probe();
    if (unit !== undefined) await this.#call([unit]);
    const { delivery } = ledger().state;
    if (delivery.state === "closed" && !isBackingOff(delivery, Date.now())) await this.run();
  }

  /** Waits until the stream's quota allows so many bytes more. */
  async #patience(bytes: number): Promise<void> {
    for (;;) {
      const waitMs = this.#bucket.take(bytes, this.bytesPerS(), Date.now());
      if (waitMs === 0) return;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** What this queue allows itself of the stream's quota. */
  bytesPerS(): number {
    return (
      this.#satchel.config().FIREHOSE_MIB_PER_S * BYTES_PER_MIB * this.#satchel.ledger().state.delivery.pace
    );
  }

  /** Makes one call and settles it. */
  async #call(units: Unit[]): Promise<void> {
    const { ledger, config, put, tellBoards, name, writing } = this.#satchel;
    const records = units.flatMap((unit) => recordsOf(unit, config().FIREHOSE_PACKING));
    // Rows go once they are settled: what they bring to leaderboards should be told by then.
    const [outcome] = await Promise.all([put(records), tellBoards()]);
    // What is known may be ahead of a transaction that was rolled back, and calls beside this one would save it.
    writing(() => this.#settle(units, outcome, records));
    if (outcome.kind !== "answered" || outcome.failures.size > 0) {
      const { lastError } = ledger().state.delivery;
      log("warn", "delivery_failed", { queue: name, records: records.length, ...lastError });
    }
  }

  /** Writes down what came of a call, all of it or nothing. */
  #settle(units: Unit[], outcome: PutOutcome, records: Uint8Array[][]): void {
    const { FIREHOSE_PACKING: packing, MAX_ATTEMPTS: maxAttempts } = this.#satchel.config();
    const ledger = this.#satchel.ledger();
    const { lastSuccessAt } = ledger.state.delivery;
    const fates = fatesOf(units, outcome, { packing, maxAttempts, lastSuccessAt });
    const counts = { totals: callCounts(outcome, records), tally: callTally(outcome, units, packing) };
    ledger.settle(units, fates, counts, (now) => deliveryAfter(ledger.state.delivery, outcome, fates, now));
  }
}

/** Calls that are under way together. */
class Calls {
  readonly #underWay = new Set<Promise<void>>();
  #errors: unknown[] = [];

  /** Whether one ended in an error of our own: what Firehose refuses is none. */
  get haveFailed(): boolean {
    return this.#errors.length > 0;
  }

  add(call: Promise<void>): void {
    const settled = call
      .catch((error) => {
        this.#errors.push(error);
      })
      .finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
  }

  /** Resolves once another may begin. */
  async room(): Promise<void> {
    while (this.#underWay.size >= PARALLEL_CALLS) await Promise.race(this.#underWay);
  }

  /** Resolves once all have ended; rejects where one failed. */
  async end(): Promise<void> {
    await Promise.all(this.#underWay);
    if (this.haveFailed) throw this.#errors[0];
  }
}

/** The way through what waits, for one run: each record is taken once, held ones before fresh ones, suspects last. */
class Route {
  readonly #ledger: () => Ledger;
  readonly #config: Config;
  readonly #held: Held[];
  readonly #suspects: Held[];
  /** One that has waited for long goes first: it must not wait for the end of a backlog. */
  #overdue: Held | undefined;
  /** Up to here fresh rows have been taken. */
  #taken = 0;
  #upTo: number;

  constructor(ledger: () => Ledger, config: Config) {
    this.#ledger = ledger;
    this.#config = config;
    const held = ledger().store.heldRecords();
    this.#held = held.filter(({ isSuspect }) => !isSuspect);
    this.#suspects = held.filter(({ isSuspect }) => isSuspect);
    const isOverdue = ({ triedAt }: Held) => triedAt < Date.now() - OVERDUE_MS;
    if (this.#suspects[0] && isOverdue(this.#suspects[0])) this.#overdue = this.#suspects.shift();
    this.#upTo = ledger().state.lastSeq;
  }

  /** What the next call carries; nothing: the way is at its end. */
  nextCall(): Unit[] {
    const { FIREHOSE_PACKING: packing, FIREHOSE_CALL_BYTES: bytes } = this.#config;
    if (this.#overdue) return this.#alone(this.#overdue);
    const { depth, state } = this.#ledger();
    if (depth.bytes >= bytes) this.#upTo = state.lastSeq;
    const limit: CallSize = { records: MAX_RECORDS_PER_CALL, bytes };
    const held = this.#heldUnits(limit);
    const taken = held.map((unit) => sizeOf(unit, packing)).reduce(add, { records: 0, bytes: 0 });
    const units = [...held, ...pack(this.#fresh(), packing, taken, limit).map(freshUnit)];
    this.#taken = units.at(-1)?.held === null ? (units.at(-1)?.rows.at(-1)?.seq ?? this.#taken) : this.#taken;
    return units.length > 0 ? units : this.#alone(this.#suspects.shift());
  }

  /** One unit: a fresh row, which is never more guilty than others, else the record that waits longest for another try. */
  probe(): Unit | undefined {
    for (const row of this.#fresh()) return freshUnit([row]);
    const [held = this.#suspects[0]] = this.#held;
    return held && this.#ledger().store.heldUnit(held);
  }

  #fresh(): Generator<OutboxRow> {
    return this.#ledger().store.freshRows(this.#taken, this.#upTo);
  }

  #heldUnits(limit: CallSize): Unit[] {
    let taken: CallSize = { records: 0, bytes: 0 };
    const units: Unit[] = [];
    for (let held = this.#held[0]; held !== undefined; held = this.#held[0]) {
      const unit = this.#ledger().store.heldUnit(held);
      const size = sizeOf(unit, this.#config.FIREHOSE_PACKING);
      if (!fits(taken, size, limit)) break;
      taken = add(taken, size);
      units.push(unit);
      this.#held.shift();
    }
    return units;
  }

  #alone(held: Held | undefined): Unit[] {
    this.#overdue = undefined;
    return held === undefined ? [] : [this.#ledger().store.heldUnit(held)];
  }
}

function freshUnit(rows: OutboxRow[]): Unit {
  return { rows, held: null, ...total(rows), kind: rows[0]?.kind ?? "event" };
}

function callCounts(outcome: PutOutcome, records: readonly Uint8Array[][]): Partial<Totals> {
  if (outcome.kind !== "answered") return { firehose_calls: 1 };
  const taken = records.filter((_, index) => !outcome.failures.has(index)).map(byteLength);
  return {
    firehose_calls: 1,
    firehose_records: taken.length,
    firehose_bytes: taken.reduce((sum, bytes) => sum + bytes, 0),
    firehose_billed_bytes: taken.reduce((sum, bytes) => sum + billedBytes(bytes), 0),
  };
}

function callTally(outcome: PutOutcome, units: readonly Unit[], packing: Packing): CallTally {
  const retried = units.filter(({ held }) => held !== null);
  return {
    failure: failureClassOf(outcome),
    failedRecords: outcome.kind === "answered" ? outcome.failures.size : 0,
    retriedRecords: retried.reduce((sum, unit) => sum + sizeOf(unit, packing).records, 0),
  };
}

function byteLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
