import { DurableObject } from "cloudflare:workers";
import { type Config, requireConfig } from "../config.ts";
import type { EventFilter } from "../events/filter.ts";
import { firehose } from "../firehose/put-record-batch.ts";
import { boardsOf } from "../leaderboards/boards-of.ts";
import { intakeOf, rejectedUsers } from "../live/intake.ts";
import type { LiveView, Rate } from "../live/live-state.ts";
import { log } from "../log.ts";
import { BoardTeller } from "./board-teller.ts";
import { deliveryStats, isBackingOff, nextWake, troubleOf } from "./breaker.ts";
import { Courier } from "./courier.ts";
import { type DeadLetterPage, DeadLetters, type Selection } from "./dead-letters.ts";
import { DedupWindow } from "./dedup/window.ts";
import { gameOf } from "./game-of.ts";
import { GroupCommit } from "./group-commit.ts";
import { Ledger } from "./ledger.ts";
import { LiveStore } from "./live-store.ts";
import { MarkStore } from "./mark-store.ts";
import type { Parcel, Reception } from "./parcel.ts";
import { countsOf, entriesOf, intakesOf, type Taken } from "./reception.ts";
import { Refusals } from "./refusals.ts";
import { registryOf } from "./registry.ts";
import { RejectionBound } from "./rejection-bound.ts";
import { Sql } from "./sql.ts";
import type { ShardStats } from "./stats.ts";
import { NO_COUNTS, QueueStore } from "./store.ts";
import type { RateLimited, ShardMetrics } from "./tally.ts";
import { Watch, type Watched } from "./watch.ts";
import { within } from "./within.ts";

/** The registry is not waited for longer than this. */
const REGISTRY_TIMEOUT_MS = 2_000;

/** An alarm so late is lost (https://github.com/cloudflare/cloudflare-docs/issues/18324): the next event sets a new one. */
const LOST_ALARM_MS = 60_000;

/** An alarm is hardly set further ahead: one that is so was set by a clock that was ahead. */
const LONGEST_ALARM_MS = 10 * 60_000;

/** How soon a queue tries again after an error of its own, rather than of Firehose. */
const INTERNAL_RETRY_MS = 30_000;

/**
 * A queue of one game: it acknowledges only what is durable, delivers on its alarm, and loses nothing in between. What it decides
 * is decided elsewhere (`breaker.ts`, `fate.ts`, `dedup/`, `firehose/pack.ts`); what it keeps is kept by `ledger.ts` and
 * `store.ts`, what it sends by `courier.ts`; here it is only put in order. Whatever is public here can be called by the Worker.
 */
export class GameQueue extends DurableObject<Env> {
  readonly #name: string;
  readonly #sql: Sql;
  readonly #store: QueueStore;
  readonly #letters: DeadLetters;
  readonly #liveStore: LiveStore;
  readonly #marks: MarkStore;
  readonly #teller: BoardTeller;
  readonly #refusals: Refusals;
  readonly #watch: Watch;
  readonly #rejectionBound = new RejectionBound();
  readonly #group = new GroupCommit<Taken>((taken) => this.#write(taken));
  #ledger: Ledger | undefined;
  #courier: Courier | undefined;
  #birth: Promise<void> | undefined;
  /** When the stored alarm comes, as far as this life knows. */
  #alarmAt: number | null = null;
  /** The delivery under way. */
  #delivering: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#name = ctx.id.name ?? ctx.id.toString();
    this.#sql = new Sql(ctx.storage);
    this.#letters = new DeadLetters(this.#sql, ctx.storage);
    this.#store = new QueueStore(this.#sql, this.#letters, ctx.storage);
    this.#liveStore = new LiveStore(this.#sql, ctx.storage);
    this.#marks = new MarkStore(this.#sql, ctx.storage);
    this.#refusals = new Refusals(this.#sql, ctx.storage);
    this.#watch = new Watch(this.#sql, ctx.storage);
    const game = gameOf(this.#name);
    this.#teller = new BoardTeller({
      name: this.#name,
      ledger: () => this.#recalled(),
      take: (delivery) => boardsOf(env, game).take(delivery),
      writing: (work) => this.#writing(work),
    });
  }

  /**
   * Takes parcels, and answers for each of them. The platform holds the answer back until the write is on disk: `taken` means
   * durable. Throws where storage fails, or a new queue cannot be registered; then nothing was taken. `rateLimited`: requests of the
   * game that were refused since the caller last told.
   */
  async append(parcels: Parcel[], rateLimited?: RateLimited): Promise<Reception[]> {
    if (this.#recalled().state.birth === null) await this.#born();
    if (rateLimited !== undefined) this.#recalled().addRateLimited(rateLimited);
    const now = Date.now();
    const taken: Taken[] = [];
    const receptions = this.#writing(() => parcels.map((parcel) => this.#receive(parcel, taken, now)));
    if (taken.length > 0) await this.#group.add(taken);
    return receptions;
  }

  /** Takes lines that are no events, but the collector's own: all or, where it throws, none. Durable when it answers. */
  async notify(lines: Uint8Array[]): Promise<void> {
    await this.#born();
    const parcel = { ids: new Uint8Array(), lines: new Uint8Array(), lengths: new Uint32Array() };
    const rejections = lines.map((line) => ({ user: null, line }));
    await this.#group.add([{ parcel, skipped: [], rejections, counts: NO_COUNTS, intake: null }]);
  }

  /** Whether none of the keys is revoked. */
  async admits(keys: string[]): Promise<boolean> {
    await this.#born();
    return !this.#refusals.isRevoked(keys);
  }

  /** From now on refuses what these keys send. */
  revoke(keys: string[]): void {
    this.#refusals.add({ revoked: keys, erased: [] });
  }

  /** Until then (milliseconds since 1970) somebody watches the game, and asks for this: receptions say so. */
  watch(until: number, filters: EventFilter[]): void {
    this.#watch.set(until, filters);
  }

  /** From now on keeps nothing of a player, and takes out what it has kept; answers with how many events that were. */
  async erase({ user, hash }: { user: string; hash: string }): Promise<{ purged: number }> {
    this.#refusals.add({ revoked: [], erased: [hash] });
    // What was taken before, and what is on its way to Firehose, must have been settled.
    await this.#group.written?.catch(() => undefined);
    while (this.#delivering !== null) await this.#delivering.catch(() => undefined);
    const field = `"user_id":${JSON.stringify(user)}`;
    const decoder = new TextDecoder();
    // The line that tells the warehouse of an erasure must outlive it.
    const isOfPlayer = (line: Uint8Array) => {
      const { record_type, user_id } = JSON.parse(decoder.decode(line));
      return user_id === user && record_type !== "erasure";
    };
    const purged = this.#writing(() =>
      this.#recalled().cut(user, new TextEncoder().encode(field), isOfPlayer),
    );
    await this.#report();
    return { purged };
  }

  /** This queue's numbers. */
  stats(): ShardStats {
    const ledger = this.#recalled();
    const { state, depth, deadLetters, oldestAt } = ledger;
    ledger.countRowsWritten();
    return {
      shard: this.#name,
      depth: { ...depth, oldest_age_ms: oldestAt === null ? 0 : Math.max(0, Date.now() - oldestAt) },
      delivery: deliveryStats(state.delivery, this.#courierOf().bytesPerS()),
      dead_letters: { events: deadLetters.events, bytes: deadLetters.bytes },
      totals: { ...state.totals },
    };
  }

  /** The same, and what is told in `/metrics` alone. */
  metrics(): ShardMetrics {
    const stats = this.stats();
    const { lastingTotals: totals, state, seen, live } = this.#recalled();
    return {
      ...stats,
      totals,
      tally: state.tally,
      dedup: { ids: seen.size, filter_bytes: seen.filterBytes },
      activePlayers: live.activePlayers(Date.now()),
    };
  }

  /** This queue's numbers, and how many events come and go. */
  pulse(at: number): { stats: ShardStats; rate: Rate } {
    return { stats: this.stats(), rate: this.#recalled().live.rate(at) };
  }

  /** What came lately, as of `at`: milliseconds since 1970. */
  live(at: number): LiveView {
    return this.#recalled().live.view(at);
  }

  /** Delivers now, whatever backoff says, and answers with the numbers after it; of a large backlog the first part. */
  async flush(): Promise<ShardStats> {
    // What was under way may have begun before the latest events came.
    await this.#delivering;
    const { state } = this.#recalled();
    state.delivery = { ...state.delivery, nextAttemptAt: null };
    this.#teller.retryNow();
    await this.#deliver();
    this.#arm(Date.now());
    return this.stats();
  }

  /** Up to `limit` dead letters behind the number `after`. */
  deadLetters(after: number, limit: number, code?: string): DeadLetterPage {
    return this.#letters.page(after, limit, code);
  }

  /** How many events are in dead letters of a selection. */
  countDeadLetters(selection: Selection): number {
    return this.#letters.amount(selection).events;
  }

  /** Sends dead letters again, in the order in which they came; answers with how many events that are. */
  replay(selection: Selection): number {
    const now = Date.now();
    const { events } = this.#writing(() => this.#recalled().replay(selection, now));
    this.#arm(now);
    return events;
  }

  /** Removes dead letters, if they hold exactly `expected` events; answers with how many they hold. */
  purge(selection: Selection, expected: number): number {
    return this.#writing(() => this.#recalled().purge(selection, expected));
  }

  /** Sets the alarm anew where something waits and the platform has lost it; answers whether it had. */
  async wake(): Promise<boolean> {
    const now = Date.now();
    const alarm = await this.ctx.storage.getAlarm();
    const isLost = alarm === null || alarm < now - LOST_ALARM_MS || alarm > now + LONGEST_ALARM_MS;
    const { oldestAt, hasMarks } = this.#recalled();
    if (!isLost || (oldestAt === null && !hasMarks) || this.#delivering !== null) return false;
    this.#alarmAt = null;
    this.#arm(now);
    return true;
  }

  /** Never throws: after six failed runs the platform deletes an alarm, and the queue would stand still for ever. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    try {
      const ledger = this.#recalled();
      ledger.count({ rows_written: 1 });
      if (!isBackingOff(ledger.state.delivery, Date.now())) await this.#deliver();
      this.#arm(Date.now());
    } catch (error) {
      log("error", "alarm_failed", { queue: this.#name, error: String(error) });
      this.#setAlarm(Date.now() + INTERNAL_RETRY_MS);
    }
  }

  /** Answers to a parcel, and adds what it takes of it to `taken`. */
  #receive(parcel: Parcel, taken: Taken[], now: number): Reception {
    if (this.#refusals.isRevoked(parcel.keys)) return { kind: "revoked" };
    if (this.#isFull(parcel)) return { kind: "full", retryAfterS: this.#secondsToRoom(now) };
    const duplicates = this.#recalled().seen.add(parcel.ids, now);
    taken.push(this.#keptOf(parcel, duplicates, now));
    this.#recalled().joiningBytes += parcel.lines.byteLength;
    const filters = this.#watch.filtersAt(now);
    return filters === undefined
      ? { kind: "taken", duplicates }
      : { kind: "taken", duplicates, watched: { filters, ...this.#hiddenOf(parcel) } };
  }

  /** What is kept of a parcel: no duplicates, nothing of an erased player, and not more about rejected events than is useful. */
  #keptOf(parcel: Parcel, duplicates: number[], now: number): Taken {
    const suppressed = this.#indexesOfErased(parcel).filter((index) => !duplicates.includes(index));
    const rejections = this.#admitted(parcel, now);
    // A batch of nothing but duplicates was sent before, and so was its count of what the client dropped.
    const isRepeat = duplicates.length > 0 && duplicates.length === parcel.lengths.length;
    return {
      parcel,
      skipped: suppressed.length === 0 ? duplicates : [...duplicates, ...suppressed].sort((a, b) => a - b),
      rejections,
      counts: {
        duplicates: duplicates.length,
        rejected: parcel.rejected,
        rejected_unrecorded: parcel.rejected - rejections.length,
        client_dropped: isRepeat ? 0 : parcel.clientDropped,
        erased: suppressed.length,
      },
      intake: intakeOf(parcel, { duplicates, suppressed, erased: this.#erasedAmong(rejectedUsers(parcel)) }),
    };
  }

  /** Whose events nobody may watch. */
  #hiddenOf(parcel: Parcel): Pick<Watched, "hidden" | "hiddenRejections"> {
    const { rejections } = parcel;
    const erased = this.#erasedAmong(rejections.flatMap(({ user }) => user ?? []));
    const isHidden = (index: number) => erased.has(rejections[index]?.user ?? "");
    return {
      hidden: this.#indexesOfErased(parcel),
      hiddenRejections: [...rejections.keys()].filter(isHidden),
    };
  }

  #indexesOfErased({ users, userOf, lengths }: Parcel): number[] {
    const erased = this.#erasedAmong(users);
    if (erased.size === 0) return [];
    const isErased = users.map((user) => erased.has(user));
    return [...lengths.keys()].filter((index) => isErased[userOf[index] ?? 0]);
  }

  #admitted({ keys, rejections }: Parcel, now: number): Parcel["rejections"] {
    if (rejections.length === 0) return rejections;
    const erased = this.#erasedAmong(rejections.flatMap(({ user }) => user ?? []));
    const kept = rejections.filter(({ user }) => user === null || !erased.has(user));
    return kept.slice(0, this.#rejectionBound.admit(keys[0] ?? "", kept.length, now));
  }

  #erasedAmong(users: readonly string[]): ReadonlySet<string> {
    const { birth } = this.#recalled().state;
    return this.#refusals.erasedAmong(users, birth?.salt ?? "", gameOf(this.#name));
  }

  #isFull({ lines }: Parcel): boolean {
    const { QUEUE_MAX_BYTES } = requireConfig(this.env);
    const { depth, joiningBytes } = this.#recalled();
    return depth.bytes + joiningBytes + lines.byteLength > QUEUE_MAX_BYTES;
  }

  #secondsToRoom(now: number): number {
    const { drain, state } = this.#recalled();
    const backoffMs = Math.max(0, (state.delivery.nextAttemptAt ?? 0) - now);
    return drain.secondsToRoom(requireConfig(this.env).QUEUE_MAX_BYTES, now) + Math.ceil(backoffMs / 1_000);
  }

  /** Writes what came together: it awaits nothing, so all of it is one implicit transaction. */
  #write(taken: readonly Taken[]): void {
    const now = Date.now();
    this.#writing(() => this.#recalled().append(entriesOf(taken), countsOf(taken), now, intakesOf(taken)));
    this.#arm(now);
  }

  /** After a write that failed memory may be ahead of storage: ids that were not stored would make a retry a duplicate, and lost. */
  #writing<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#ledger = undefined;
      throw error;
    }
  }

  /** One delivery at a time: whoever asks for another joins the one under way. */
  #deliver(): Promise<void> {
    this.#delivering ??= Promise.all([this.#teller.tell(), this.#courierOf().run()])
      .then(() => this.#report())
      .catch((error) => {
        // Memory may be ahead of a transaction that was rolled back.
        this.#ledger = undefined;
        throw error;
      })
      .finally(() => {
        this.#delivering = null;
      });
    return this.#delivering;
  }

  #courierOf(): Courier {
    this.#courier ??= new Courier({
      name: this.#name,
      ledger: () => this.#recalled(),
      config: () => requireConfig(this.env),
      put: firehose(streamOf(requireConfig(this.env))),
      tellBoards: () => this.#teller.tell(),
      writing: (work) => this.#writing(work),
    });
    return this.#courier;
  }

  /** Before a queue takes anything it is known to the registry, and knows whom its game refuses. Once in its life. */
  async #born(): Promise<void> {
    if (this.#recalled().state.birth !== null) return;
    this.#birth ??= this.#introduce().finally(() => {
      this.#birth = undefined;
    });
    await this.#birth;
  }

  async #introduce(): Promise<void> {
    const { salt, revoked, erased, watchedUntil } = await within(
      REGISTRY_TIMEOUT_MS,
      registryOf(this.env).introduce(this.#name),
    );
    this.#writing(() => {
      this.#refusals.add({ revoked, erased });
      if (watchedUntil > Date.now()) this.#watch.set(watchedUntil);
      const ledger = this.#recalled();
      ledger.state.birth = { salt };
      ledger.save();
    });
  }

  /** Tells the registry where delivery has broken or healed. Where it cannot be reached it is told after the next run: delivery goes on. */
  async #report(): Promise<void> {
    const { state } = this.#recalled();
    const error = troubleOf(state.delivery);
    const reason = error?.code ?? null;
    if (reason === state.toldTrouble) return;
    const trouble = error && { since: error.at, reason: error.code, advice: error.advice };
    try {
      await within(REGISTRY_TIMEOUT_MS, registryOf(this.env).report(this.#name, trouble));
    } catch (error) {
      log("warn", "registry_unreachable", { queue: this.#name, error: String(error) });
      return;
    }
    this.#recalled().state.toldTrouble = reason;
    this.#recalled().save();
  }

  /** Sets the alarm for whatever is due first, unless one comes by then: each one set is a row written. */
  #arm(now: number): void {
    const { depth, oldestAt, state, hasMarks } = this.#recalled();
    const { FIREHOSE_CALL_BYTES: callBytes, FLUSH_INTERVAL_MS: flushIntervalMs } = requireConfig(this.env);
    const due = nextWake(
      { bytes: depth.bytes, oldestAt },
      state.delivery,
      { callBytes, flushIntervalMs },
      now,
    );
    // Events bring leaderboards what they bring when they are delivered; what boards could not be told then waits for them alone.
    const wake = due ?? (hasMarks ? this.#teller.retryAt : null);
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
  #recalled(): Ledger {
    this.#ledger ??= this.#recall();
    return this.#ledger;
  }

  #recall(): Ledger {
    const seen = new DedupWindow(this.ctx.storage, { windowMs: requireConfig(this.env).DEDUP_WINDOW_MS });
    seen.rebuild(this.#store.idsAfter(seen.sealedSeq));
    const now = Date.now();
    const ledger = new Ledger(this.#sql, this.#store, this.#letters, seen, this.#liveStore, this.#marks);
    for (const { parcel } of this.#group.waiting) {
      seen.add(parcel.ids, now);
      ledger.joiningBytes += parcel.lines.byteLength;
    }
    return ledger;
  }
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
