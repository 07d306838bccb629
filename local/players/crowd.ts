import { setTimeout as sleep } from "node:timers/promises";
import type { Client, SendFailure, Stats } from "../../sdk/core/types.ts";
import { createClient } from "../../sdk/node/index.ts";
import { between } from "./chance.ts";
import { perform } from "./perform.ts";
import { drawProfile, type Profile, play } from "./player.ts";
import { pay, type Spending } from "./spending.ts";

/** What the players have reported so far, and what became of it. */
export interface CrowdTotals {
  /** Events reported to the SDK. */
  tracked: number;
  /** Events that the collector holds. */
  accepted: number;
  rejected: number;
  /** Events that the SDK gave up. */
  dropped: number;
}

/** Simulated players at work. */
export interface Crowd {
  totals(): CrowdTotals;
  /** What they have paid so far. */
  spending(): Spending;
  /** Lets every player send what waits, for at most 5 s, then resolves. */
  stop(): Promise<void>;
}

/** Minutes of play go by in seconds, so that a few players make plenty of events. */
const PAUSE_MS = { low: 50, high: 400 };
const SESSIONS = { low: 2, high: 6 };
const FLUSH_INTERVAL_MS = 1_000;

/** Starts `count` players. Each plays a few sessions, then makes room for a new one. */
export function startCrowd({ count, url, key }: { count: number; url: string; key: string }): Crowd {
  const stopping = new AbortController();
  const active = new Set<Client>();
  const done = { tracked: 0, sent: 0, dropped: 0 };
  const spending: Spending = new Map();
  let rejected = 0;

  async function occupySeat(): Promise<void> {
    while (!stopping.signal.aborted) await playOnce(drawProfile(Math.random));
  }

  async function playOnce(profile: Profile): Promise<void> {
    const client = createClient({
      url,
      key,
      platform: profile.platform,
      appVersion: profile.appVersion,
      userId: profile.userId,
      flushIntervalMs: FLUSH_INTERVAL_MS,
    });
    client.on("verdict", ({ status }) => {
      if (status === "rejected") rejected++;
    });
    client.on("error", reportFailure);
    active.add(client);
    for (const move of play(profile, between(SESSIONS.low, SESSIONS.high, Math.random), Math.random)) {
      perform(client, move, profile.country);
      if (move.event_type === "purchase") pay(spending, move.fields);
      await pause(stopping.signal);
      if (stopping.signal.aborted) break;
    }
    await client.flush(); // waits through an outage; `stop` ends it
    await client.close();
    active.delete(client);
    add(done, client.stats());
  }

  const seats = Array.from({ length: count }, occupySeat);

  return {
    totals: () => {
      const sum = { ...done };
      for (const client of active) add(sum, client.stats());
      return { tracked: sum.tracked, accepted: sum.sent - rejected, rejected, dropped: sum.dropped };
    },
    spending: () => spending,
    stop: async () => {
      stopping.abort();
      await Promise.all([...active].map((client) => client.close()));
      await Promise.all(seats);
    },
  };
}

function pause(signal: AbortSignal): Promise<void> {
  const ms = between(PAUSE_MS.low, PAUSE_MS.high, Math.random);
  return sleep(ms, undefined, { signal }).catch(() => undefined); // woken by `stop`
}

function add(sum: { tracked: number; sent: number; dropped: number }, stats: Stats): void {
  sum.tracked += stats.tracked;
  sum.sent += stats.sent;
  sum.dropped += stats.dropped;
}

/** A failure that is tried again is the SDK's business. */
function reportFailure({ outcome, status, message }: SendFailure): void {
  if (outcome !== "retrying")
    console.error(`A player's events were ${outcome}: ${status ?? "no answer"}, ${message}`);
}
