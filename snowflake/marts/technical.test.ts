import { describe, expect, it } from "vitest";
import { type EventRow, event, seen, startMarts } from "./testing.ts";

const DAY = "2026-11-20";

describe("marts.performance", () => {
  const measured = (metric: string, value: number, fields: Record<string, unknown> = {}) =>
    event("performance", "ada", `${DAY} 10:00`, {
      metric,
      value,
      platform: "ios",
      app_version: "1.0",
      ...fields,
    });

  it("gives exact percentiles by device, platform and version", async () => {
    await using marts = await startMarts();
    const device_model = "iPhone 17";
    await marts.happened(
      ...Array.from({ length: 101 }, (_, value) => measured("fps", 100 - value, { device_model })),
      measured("fps", 30, { app_version: "1.1" }),
      measured("fps", 60, { app_version: "1.1" }),
      measured("load_ms", 1_250.5),
    );
    const common = { event_date: DAY, game_id: "my_game", platform: "ios" };
    expect(await marts.query("SELECT * FROM marts.performance ORDER BY metric, app_version")).toEqual([
      {
        ...common,
        metric: "fps",
        device_model: "iPhone 17",
        app_version: "1.0",
        samples: 101, // 0, 1, 2 … 100
        average: 50,
        p01: 1,
        p05: 5,
        p50: 50,
        p95: 95,
        p99: 99,
      },
      {
        ...common,
        metric: "fps",
        device_model: null,
        app_version: "1.1",
        samples: 2,
        average: 45,
        p01: 30.3, // 30 + 1 % of the 30 between them
        p05: 31.5,
        p50: 45,
        p95: 58.5,
        p99: 59.7,
      },
      {
        ...common,
        metric: "load_ms",
        device_model: null,
        app_version: "1.0",
        samples: 1,
        average: 1250.5,
        p01: 1250.5,
        p05: 1250.5,
        p50: 1250.5,
        p95: 1250.5,
        p99: 1250.5,
      },
    ]);
  });
});

const failed = (severity: string, user: string, at: string, fields: Record<string, unknown> = {}) =>
  event("error", user, at, {
    severity,
    message: "texture missing",
    platform: "ios",
    app_version: "1.0",
    ...fields,
  });

describe("marts.errors_by_version", () => {
  it("sets errors and crashed sessions against all sessions of a version", async () => {
    await using marts = await startMarts();
    const played = (user: string, session: string, at: string, app_version: string) =>
      seen(user, at, { session_id: session, platform: "ios", app_version });
    await marts.happened(
      played("ada", "s-1", `${DAY} 10:00`, "1.0"),
      failed("critical", "ada", `${DAY} 10:01`, { session_id: "s-1" }),
      failed("critical", "ada", `${DAY} 10:02`, { session_id: "s-1" }),
      played("ada", "s-2", `${DAY} 11:00`, "1.0"),
      failed("error", "ada", `${DAY} 11:01`, { session_id: "s-2" }),
      played("bob", "s-3", `${DAY} 12:00`, "1.0"),
      failed("warning", "bob", `${DAY} 12:01`, { session_id: "s-3" }),
      played("cy", "s-4", `${DAY} 13:00`, "1.0"),
      played("cy", "s-5", `${DAY} 14:00`, "1.1"),
      // Started on one day, crashed on the next: the session belongs to the first, its error to the second.
      played("dee", "s-6", `${DAY} 23:59:59.999`, "1.1"),
      failed("critical", "dee", "2026-11-21 00:00", { session_id: "s-6", app_version: "1.1" }),
    );
    expect(
      await marts.query("SELECT * FROM marts.errors_by_version ORDER BY event_date, app_version"),
    ).toEqual([
      {
        event_date: DAY,
        game_id: "my_game",
        app_version: "1.0",
        platform: "ios",
        errors: 3,
        critical_errors: 2,
        affected_users: 1,
        sessions: 4,
        crashed_sessions: 1,
        crash_free_session_rate: 0.75,
        users: 3,
        crash_free_user_rate: 0.6667,
      },
      {
        event_date: DAY,
        game_id: "my_game",
        app_version: "1.1",
        platform: "ios",
        errors: 0,
        critical_errors: 0,
        affected_users: 0,
        sessions: 2,
        crashed_sessions: 1,
        crash_free_session_rate: 0.5,
        users: 2,
        crash_free_user_rate: 0.5,
      },
      {
        event_date: "2026-11-21",
        game_id: "my_game",
        app_version: "1.1",
        platform: "ios",
        errors: 1,
        critical_errors: 1,
        affected_users: 1,
        sessions: 0,
        crashed_sessions: 0,
        crash_free_session_rate: null,
        users: 0,
        crash_free_user_rate: null,
      },
    ]);
  });
});

describe("marts.top_errors", () => {
  it("counts each message of the last 30 days, with whom and what it hit", async () => {
    await using marts = await startMarts();
    await marts.happened(
      failed("error", "ada", "2026-10-22 23:59:59.999"), // the 31st day
      failed("error", "ada", "2026-10-23 00:00", { app_version: "1.1" }),
      failed("error", "ada", "2026-11-20 10:00", { app_version: "1.2" }),
      failed("error", "bob", "2026-11-19 10:00"),
      failed("error", "bob", "2026-11-19 11:00", { session_id: "session-2" }),
      failed("critical", "bob", "2026-11-19 12:00"),
    );
    expect(await marts.query("SELECT * FROM marts.top_errors ORDER BY events DESC")).toEqual([
      {
        game_id: "my_game",
        severity: "error",
        message: "texture missing",
        events: 4,
        users: 2,
        sessions: 3,
        app_versions: 3,
        latest_app_version: "1.2",
        first_seen_at: "2026-10-23 00:00:00.000",
        last_seen_at: "2026-11-20 10:00:00.000",
      },
      {
        game_id: "my_game",
        severity: "critical",
        message: "texture missing",
        events: 1,
        users: 1,
        sessions: 1,
        app_versions: 1,
        latest_app_version: "1.0",
        first_seen_at: "2026-11-19 12:00:00.000",
        last_seen_at: "2026-11-19 12:00:00.000",
      },
    ]);
  });
});

describe("marts.loss", () => {
  const SEED = "0f8f3c4a-1d2e-8a3b-9c4d";
  const numbered = (seq: number, fields: Record<string, unknown> = {}): EventRow =>
    seen("ada", `${DAY} 10:00`, { seq, app_version: "1.0", ...fields });
  /** With an id made of a seed and its number, as the collector derives it. */
  const seeded = (seq: number, fields: Record<string, unknown> = {}, seed = SEED) =>
    numbered(seq, { event_id: `${seed}-${seq.toString(16).padStart(12, "0")}`, ...fields });

  const losses = (events: readonly EventRow[]) => lossesAfter([events]);
  async function lossesAfter(deliveries: readonly (readonly EventRow[])[]) {
    await using marts = await startMarts();
    for (const events of deliveries) await marts.happened(...events);
    const rows = await marts.query(
      "SELECT event_date, app_version, expected, landed, missing, dropped_by_client, unexplained FROM marts.loss ORDER BY 1, 2, game_id",
    );
    return rows.map((row) => Object.values(row));
  }

  it("finds the gaps in the numbers of a seed, over sessions and players, the first number included", async () => {
    expect(
      await losses([
        seeded(2),
        seeded(3, { session_id: "session-2" }),
        seeded(10, { user_id: "bob" }), // 0x00…0a: numbers are hexadecimal in ids
        seeded(12),
      ]),
    ).toEqual([[DAY, "1.0", 12, 4, 8, 0, 8]]);
  });

  it("holds seeds, sessions, players and games apart", async () => {
    const other = { user_id: "bob" };
    expect(
      await losses([
        ...[seeded(1), seeded(2)],
        ...[seeded(1, {}, "ffff3c4a-1d2e-8a3b-9c4d"), seeded(3, {}, "ffff3c4a-1d2e-8a3b-9c4d")],
        ...[numbered(1), numbered(4)],
        ...[numbered(1, other), numbered(2, other)],
        ...[numbered(1, { session_id: "session-2" })],
      ]),
    ).toEqual([[DAY, "1.0", 12, 9, 3, 0, 3]]);
    expect(await losses([seeded(1), seeded(2, { game_id: "other_game" })])).toEqual([
      [DAY, "1.0", 1, 1, 0, 0, 0],
      [DAY, "1.0", 2, 1, 1, 0, 1],
    ]);
  });

  it("takes what clients say they dropped as the reason, whatever theirs was", async () => {
    const dropped = { client_dropped: { queue_full: 2, sampled: 1 } };
    expect(await losses([seeded(1), seeded(6, dropped)])).toEqual([[DAY, "1.0", 6, 2, 4, 3, 1]]);
    expect(await losses([seeded(1), seeded(3, dropped)])).toEqual([[DAY, "1.0", 3, 2, 1, 3, 0]]);
    expect(await losses([seen("ada", `${DAY} 10:00`, dropped)])).toEqual([[DAY, null, 0, 0, 0, 3, 0]]);
  });

  it("puts a gap on the day and the version of the event after it", async () => {
    const later = { timestamp: "2026-11-21 00:00", event_date: "2026-11-21", app_version: "1.1" };
    expect(await losses([seeded(1), seeded(2), seeded(5, later), seeded(6, later)])).toEqual([
      [DAY, "1.0", 2, 2, 0, 0, 0],
      ["2026-11-21", "1.1", 4, 2, 2, 0, 2],
    ]);
  });

  it("no longer misses what arrives late, and counts a number once", async () => {
    expect(await lossesAfter([[seeded(1), seeded(3)], [seeded(2)]])).toEqual([[DAY, "1.0", 3, 3, 0, 0, 0]]);
    expect(await losses([numbered(1), numbered(2), numbered(2)])).toEqual([[DAY, "1.0", 2, 2, 0, 0, 0]]);
  });

  it("counts an event with an id of its own among the others of its request", async () => {
    const together = { request_id: "req-1" };
    expect(await losses([seeded(1, together), numbered(2, together), seeded(3, together)])).toEqual([
      [DAY, "1.0", 3, 3, 0, 0, 0],
    ]);
  });

  it("misses nothing where the SDK ends a session afterwards, with an id made of the session's", async () => {
    const played = [seeded(1), seeded(2), seeded(3)];
    const ended = (seq: number) =>
      numbered(seq, { event_type: "session_end", event_id: "5e5510c4-1d2e-8a3b-9c4d-000000000000" });
    expect(await losses([...played, ended(1)])).toEqual([[DAY, "1.0", 4, 4, 0, 0, 0]]); // by another page
    expect(await losses([...played, ended(4)])).toEqual([[DAY, "1.0", 3, 3, 0, 0, 0]]); // by the same one
  });

  it("believes the numbers of a session only where its first is there", async () => {
    expect(await losses([numbered(5_021), numbered(5_028)])).toEqual([]);
    // Callers choose request ids: another game's may be the same.
    const together = { request_id: "req-1" };
    expect(await losses([seeded(1, { ...together, game_id: "other_game" }), numbered(7, together)])).toEqual([
      [DAY, "1.0", 1, 1, 0, 0, 0],
    ]);
  });

  it("says which part is lost, and which part nobody has explained", async () => {
    await using marts = await startMarts();
    await marts.happened(seeded(1), seeded(2), seeded(3, { client_dropped: { queue_full: 1 } }), seeded(8));
    expect(await marts.query("SELECT * FROM marts.loss")).toEqual([
      {
        event_date: DAY,
        game_id: "my_game",
        app_version: "1.0",
        expected: 8,
        landed: 4,
        missing: 4,
        dropped_by_client: 1,
        unexplained: 3,
        loss_rate: 0.5,
        unexplained_rate: 0.375,
      },
    ]);
  });
});
