import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { app } from "../app.ts";
import { isoTime } from "../events/time.ts";
import { type Live, liveSchema } from "../live/merge.ts";
import { summaryOf } from "../live/summary.ts";
import { parcelOf } from "../queue/parcel.ts";
import { queueFor, queueNamed } from "../queue/shards.ts";
import { ENDING, hand, NO_COUNTS } from "../testing/queue.ts";
import { anEvent, aPurchase, callWith, key, withQueuesDown } from "../testing/requests.ts";

/** Tomorrow, so that no alarm comes due by itself. */
const DAY = Math.ceil(Date.now() / 86_400_000) * 86_400_000;
const time = (text: string) => Date.parse(`${isoTime(DAY).slice(0, 10)}T${text}Z`);
const NOW = time("12:34:56");
/** Firehose takes no call whose signature is of another day. */
const TODAY = Date.now();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A game that no other test knows. */
async function newGame() {
  const game = `game-${crypto.randomUUID()}`;
  const [write, read, admin] = await Promise.all([key("write", game), key("read", game), key("admin", game)]);
  return {
    game,
    admin,
    read,
    path: `/v1/games/${game}/live`,
    queue: queueNamed(env, queueFor(game)),
    send: async (...events: unknown[]) => (await callWith(write, "POST", "/v1/events", events)).status,
    flush: () => callWith(admin, "POST", `/v1/games/${game}/queue/flush`),
    erase: (user: string) => callWith(admin, "DELETE", `/v1/games/${game}/users/${user}`),
    live: async (): Promise<Live> => {
      const response = await callWith(read, "GET", `/v1/games/${game}/live`);
      expect(response.status).toBe(200);
      return liveSchema.parse(await response.json());
    },
  };
}

const NOTHING = { accepted: 0, duplicates: 0, rejected: 0, events: {} };

describe("GET /v1/games/:game/live", () => {
  it("shows what came: by minute, by hour, by type, with revenue and players, and what was wrong", async () => {
    const { game, send, live } = await newGame();
    const [ada, bo] = [{ user_id: "ada" }, { user_id: "bo" }];
    vi.setSystemTime(time("11:20:00"));
    const before = anEvent(ada);
    await send(before, aPurchase({ ...ada, currency: "JPY", price: 1500, quantity: 2 }));
    vi.setSystemTime(NOW);
    await send(
      before,
      aPurchase({ ...bo, currency: "EUR", price: "4.1575", quantity: 3 }),
      anEvent({ ...bo, platform: "toaster", mood: "sunny" }),
      { ...aPurchase(bo), price: "4,99" },
    );
    const events = { purchase: 1, custom: 1 };
    const { minutes, hours, rejections, ...rest } = await live();

    expect(minutes.map(({ at }) => at)).toEqual(
      Array.from({ length: 60 }, (_, i) => isoTime(time("11:35:00") + i * 60_000)),
    );
    const last = { at: isoTime(time("12:34:00")), accepted: 2, duplicates: 1, rejected: 1, events };
    expect(minutes.at(-1)).toEqual(last);
    for (const { at, ...minute } of minutes.slice(0, -1)) expect(minute).toEqual(NOTHING);

    expect(hours.map(({ at }) => at)).toEqual(
      Array.from({ length: 13 }, (_, i) => isoTime(DAY + i * 3_600_000)),
    );
    expect(hours.slice(11)).toEqual([
      { ...NOTHING, at: hours[11]?.at, accepted: 2, events, revenue: { JPY: "3000" }, active_players: 1 },
      { ...last, at: hours[12]?.at, revenue: { EUR: "12.4725" }, active_players: 1 },
    ]);

    expect(rejections).toEqual([
      {
        code: "invalid_decimal",
        path: "price",
        app_version: "1.2.0",
        count: 1,
        example: expect.stringContaining('"price":"4,99"'),
      },
    ]);
    expect(rest).toEqual({
      game,
      at: isoTime(NOW),
      today: {
        accepted: 4,
        duplicates: 1,
        rejected: 1,
        events: { purchase: 2, custom: 2 },
        purchases: 2,
        revenue: { EUR: "12.4725", JPY: "3000" },
        active_players: 2,
      },
      active_players: { last_5_minutes: 1, last_60_minutes: 1, today: 2 },
      warnings: [
        { code: "excess_decimals", path: "price", app_version: "1.2.0", count: 1 },
        {
          code: "unknown_value",
          path: "platform",
          app_version: "1.2.0",
          count: 1,
        },
      ],
      drift: [{ field: "mood", event_type: "custom", app_version: "1.2.0", count: 1 }],
      delivery: { latency_ms: { p50: 0, p95: 0, p99: 0, count: 0 } },
      shards: 1,
    });
  });

  it("says how long events waited for Firehose to take them", async () => {
    vi.setSystemTime(TODAY);
    const { send, flush, live } = await newGame();
    await send(anEvent(), anEvent());
    vi.setSystemTime(TODAY + 5_000);
    await flush();
    const { latency_ms } = (await live()).delivery;
    expect(latency_ms.count).toBe(2);
    for (const ms of [latency_ms.p50, latency_ms.p99]) expect(Math.abs(ms - 5_000)).toBeLessThan(500);
  });

  it("begins a new day with nothing, at midnight in UTC, and keeps the minutes", async () => {
    const { send, live } = await newGame();
    await send(anEvent({ mood: "sunny" }), {});
    vi.setSystemTime(DAY + 86_400_000 - 30_000);
    await send(anEvent({ mood: "sunny" }), {});
    vi.setSystemTime(DAY + 86_400_000 + 30_000);
    const { minutes, hours, today, rejections, drift } = await live();
    expect(minutes.at(-2)).toMatchObject({ accepted: 1, rejected: 1, events: { custom: 1 } });
    const none = { revenue: {}, active_players: 0 };
    expect(hours).toEqual([{ ...NOTHING, ...none, at: isoTime(DAY + 86_400_000) }]);
    expect(today).toEqual({ ...NOTHING, ...none, purchases: 0 });
    expect([rejections, drift]).toEqual([[], []]);
  });

  it("is what it was after the queue was evicted, once it has delivered", async () => {
    vi.setSystemTime(TODAY);
    const { queue, send, flush, live } = await newGame();
    await send(aPurchase(), anEvent({ mood: "sunny" }), anEvent({ user_id: "bo", platform: "toaster" }), {});
    await flush();
    const before = await live();
    await evictDurableObject(queue);
    expect(await live()).toEqual(before);
    await send(anEvent());
    expect((await live()).today.accepted).toBe(before.today.accepted + 1);
  });

  it("loses no verdict where the queue was ended by force, though types and players of the last seconds", async () => {
    vi.setSystemTime(TODAY);
    const { queue, send, flush, live } = await newGame();
    const twin = anEvent();
    await send(twin);
    await flush();
    await send(twin, anEvent(), aPurchase(), {});
    await evictDurableObject(queue);
    const { today } = await live();
    expect(today).toMatchObject({ accepted: 3, duplicates: 1, rejected: 1, events: { custom: 1 } });
  });

  it("adds up the queues of a game, and a player of two of them counts once", async () => {
    const { game, send, live } = await newGame();
    await send(anEvent({ user_id: "ada" }), anEvent({ user_id: "bo" }));
    const event = { eventId: crypto.randomUUID(), userId: "ada", json: "{}" };
    const parcel = parcelOf([event], ENDING, NO_COUNTS);
    const summary = summaryOf([{ event: anEvent(), warnings: [] }], parcel.users, []);
    await hand(queueNamed(env, `${game}/weur/0`), { ...parcel, summary });
    const { today, shards, active_players } = await live();
    expect([today.accepted, today.events, shards]).toEqual([3, { custom: 3 }, 2]);
    expect(active_players).toEqual({ last_5_minutes: 2, last_60_minutes: 2, today: 2 });
  });

  it("counts nothing of an erased player, and keeps no text of any", async () => {
    vi.setSystemTime(TODAY);
    const { send, erase, live, flush, queue } = await newGame();
    await send(anEvent({ user_id: "ada" }), { ...aPurchase({ user_id: "ada" }), price: "none" });
    await flush();
    expect((await live()).rejections[0]?.example).toContain("ada");
    await erase("ada");
    const { today, rejections } = await live();
    expect([today.accepted, today.rejected]).toEqual([1, 1]);
    expect(rejections).toEqual([
      { code: "invalid_decimal", path: "price", app_version: "1.2.0", count: 1, example: "" },
    ]);
    await evictDurableObject(queue);
    await send(
      anEvent({ user_id: "ada" }),
      aPurchase({ user_id: "ada", mood: "sunny" }),
      { ...aPurchase({ user_id: "ada" }), price: "none" },
      anEvent({ user_id: "bo" }),
    );
    const after = await live();
    expect(after.today).toEqual({
      ...today,
      accepted: today.accepted + 1,
      events: { custom: 2 },
      active_players: 2,
    });
    expect([after.rejections, after.drift]).toEqual([rejections, []]);
  });

  it("names the queue that does not answer, rather than leave it out", async () => {
    const { game, path, read, send } = await newGame();
    await send(anEvent());
    const headers = { Authorization: `Bearer ${read}` };
    const response = await app.request(
      path,
      { headers },
      withQueuesDown(() => true),
    );
    const { code, detail } = (await response.json()) as { code: string; detail: string };
    expect([response.status, code]).toEqual([503, "queue_unreachable"]);
    expect(detail).toContain(queueFor(game));
  });

  it("is for whoever may read, of the game alone", async () => {
    const { game, path } = await newGame();
    const statusWith = async (role: "write" | "server" | "read" | "admin", of = game) =>
      (await callWith(await key(role, of), "GET", path)).status;
    expect(await Promise.all([statusWith("write"), statusWith("server")])).toEqual([403, 403]);
    expect(await Promise.all([statusWith("read"), statusWith("admin"), statusWith("read", "*")])).toEqual([
      200, 200, 200,
    ]);
    expect(await statusWith("read", "other")).toBe(403);
  });
});
