import type { Contribution } from "../leaderboards/boards.ts";
import { log } from "../log.ts";
import type { Ledger } from "./ledger.ts";
import { within } from "./within.ts";

/** Boards are not waited for longer than this. */
const BOARDS_TIMEOUT_MS = 2_000;

/** Nor are they told more once so much time has passed: a delivery waits for it, and what piled up while they were away may be much. */
const TELL_MS = 2_000;

/** After a failure they are let be for so long: events must not wait for them. */
const RETRY_MS = 60_000;

/** What a teller works with. */
export interface TellerSatchel {
  name: string;
  /** As it stands now: what was known before an error may be wrong. */
  ledger(): Ledger;
  /** Hands a contribution to the boards of the game, which answer up to where they have what this queue brings. */
  take(contribution: Contribution): Promise<{ upTo: number }>;
  /** Does work that writes; where that fails, what `ledger` knew is forgotten. */
  writing<T>(work: () => T): T;
}

/**
 * Tells a game's boards what its events bring, beside their delivery. The boards remember up to which row, in one step with the
 * scores: whether an answer was lost or this queue has forgotten one, they say where they are, and it goes on from there.
 */
export class BoardTeller {
  readonly #satchel: TellerSatchel;
  #retryAt = 0;
  #underWay: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(satchel: TellerSatchel) {
    this.#satchel = satchel;
  }

  /** When there is another try, in milliseconds since 1970; long ago: nothing failed. */
  get retryAt(): number {
    return this.#retryAt;
  }

  retryNow(): void {
    this.#retryAt = 0;
  }

  /**
   * Tells what is untold, or the first part of it, once what is under way is done: whoever asks meanwhile waits for the same. Never rejects:
   * boards may be late, events may not.
   */
  tell(): Promise<void> {
    this.#next ??= this.#underWay.then(() => {
      this.#next = undefined;
      this.#underWay = this.#tellForAWhile();
      return this.#underWay;
    });
    return this.#next;
  }

  async #tellForAWhile(): Promise<void> {
    const { ledger, name } = this.#satchel;
    const until = Date.now() + TELL_MS;
    try {
      while (ledger().hasMarks && Date.now() >= this.#retryAt && Date.now() < until) await this.#tellSome();
    } catch (error) {
      this.#retryAt = Date.now() + RETRY_MS;
      log("warn", "boards_unreachable", { queue: name, error: String(error) });
    }
  }

  async #tellSome(): Promise<void> {
    const { ledger, name, take, writing } = this.#satchel;
    const { birth, boardsUpTo: after } = ledger().state;
    const untold = ledger().untold();
    if (untold === undefined) return;
    const { upTo, standings } = untold;
    const contribution = { queue: name, after, upTo, standings: standings.list(), salt: birth?.salt ?? "" };
    const told = await within(BOARDS_TIMEOUT_MS, take(contribution));
    writing(() => ledger().boardsTold(told.upTo));
  }
}
