import { describe, expect, it } from "vitest";
import { event, seen, startMarts } from "./testing.ts";

describe("sessions", () => {
  const inSession = (type: string, user: string, session: string, at: string, fields = {}) =>
    event(type, user, at, { session_id: session, platform: "ios", ...fields });

  it("are as long as one counts by hand, from their events", async () => {
    await using marts = await startMarts();
    await marts.happened(
      // 12 min 30.5 s; that the game says 5 s changes nothing.
      inSession("session_start", "ada", "s-1", "2026-11-19 10:00:00", {
        session_number: 1,
        country: "DE",
        app_version: "1.0",
      }),
      inSession("session_end", "ada", "s-1", "2026-11-19 10:12:30.500", { duration_seconds: 5 }),
      // 30 min over midnight: all of it counts for the day it started.
      inSession("session_start", "ada", "s-2", "2026-11-19 23:50", { session_number: 2 }),
      inSession("custom", "ada", "s-2", "2026-11-20 00:20"),
      // One event: no length.
      inSession("custom", "bob", "s-1", "2026-11-19 12:00"),
      // 12 h to the millisecond, and a millisecond more.
      inSession("session_start", "bob", "s-3", "2026-11-20 00:00"),
      inSession("session_end", "bob", "s-3", "2026-11-20 12:00"),
      inSession("session_start", "cy", "s-4", "2026-11-20 00:00"),
      inSession("error", "cy", "s-4", "2026-11-20 01:00", { severity: "critical", message: "no memory" }),
      inSession("custom", "cy", "s-4", "2026-11-20 12:00:00.001"),
      // Three days: a device left on.
      inSession("session_start", "dee", "s-5", "2026-11-18 00:00"),
      inSession("custom", "dee", "s-5", "2026-11-21 00:00"),
    );
    const sessions = await marts.query(
      `SELECT user_id, session_id, event_date, length_seconds, is_capped, has_start, has_end, is_crashed
       FROM marts.sessions ORDER BY user_id, session_id`,
    );
    expect(sessions.map((session) => Object.values(session))).toEqual([
      ["ada", "s-1", "2026-11-19", 750.5, false, true, true, false],
      ["ada", "s-2", "2026-11-19", 1_800, false, true, false, false],
      ["bob", "s-1", "2026-11-19", 0, false, false, false, false],
      ["bob", "s-3", "2026-11-20", 43_200, false, true, true, false],
      ["cy", "s-4", "2026-11-20", 43_200, true, true, false, true],
      ["dee", "s-5", "2026-11-18", 43_200, true, true, false, false],
    ]);
    expect(
      await marts.query("SELECT * FROM marts.sessions WHERE user_id = 'ada' AND session_id = 's-1'"),
    ).toEqual([
      {
        game_id: "my_game",
        user_id: "ada",
        session_id: "s-1",
        event_date: "2026-11-19",
        platform: "ios",
        app_version: "1.0",
        country: "DE",
        session_number: 1,
        started_at: "2026-11-19 10:00:00.000",
        last_event_at: "2026-11-19 10:12:30.500",
        length_seconds: 750.5,
        is_capped: false,
        has_start: true,
        has_end: true,
        is_crashed: false,
      },
    ]);
    expect(
      await marts.query(
        "SELECT * FROM marts.daily_sessions WHERE event_date > '2026-11-18' ORDER BY event_date",
      ),
    ).toEqual([
      {
        event_date: "2026-11-19",
        game_id: "my_game",
        platform: "ios",
        sessions: 3,
        users: 2,
        sessions_per_user: 1.5,
        average_length_seconds: 850.1667, // (750.5 + 1800 + 0) ÷ 3
        median_length_seconds: 750.5,
        capped_sessions: 0,
        ended_sessions: 1,
        crashed_sessions: 0,
      },
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        platform: "ios",
        sessions: 2,
        users: 2,
        sessions_per_user: 1,
        average_length_seconds: 43_200,
        median_length_seconds: 43_200,
        capped_sessions: 1,
        ended_sessions: 1,
        crashed_sessions: 1,
      },
    ]);
  });

  it("of two players, or of two games, are different ones though their ids are the same", async () => {
    await using marts = await startMarts();
    await marts.happened(
      inSession("custom", "ada", "s-1", "2026-11-20 10:00"),
      inSession("custom", "bob", "s-1", "2026-11-20 11:00"),
      inSession("custom", "ada", "s-1", "2026-11-20 12:00", { game_id: "other_game" }),
    );
    expect(
      await marts.query(
        "SELECT game_id, user_id, length_seconds FROM marts.sessions ORDER BY game_id, user_id",
      ),
    ).toEqual([
      { game_id: "my_game", user_id: "ada", length_seconds: 0 },
      { game_id: "my_game", user_id: "bob", length_seconds: 0 },
      { game_id: "other_game", user_id: "ada", length_seconds: 0 },
    ]);
  });
});

describe("marts.progression_funnel", () => {
  /** What a player did at a level, one thing a minute. */
  const at = (level: string, user: string, hour: string, ...statuses: string[]) =>
    statuses.map((status, minute) =>
      event("progression", user, `2026-11-20 ${hour}:${String(minute).padStart(2, "0")}`, {
        level,
        status,
        app_version: hour < "15" ? "1.0" : "1.1",
      }),
    );

  it("is the table that one counts by hand", async () => {
    await using marts = await startMarts();
    await marts.happened(
      //                               started  completed  failed  first try  attempts  completions
      // level1: ada fails when playing again  x        x       x          x          2            1
      ...at("level1", "ada", "10", "start", "complete", "start", "fail"),
      // bob needs two tries                   x        x       x                     2            1
      ...at("level1", "bob", "10", "start", "fail", "start", "complete"),
      // cy fails                              x                x                     1            0
      ...at("level1", "cy", "10", "start", "fail"),
      // dee's start was lost                  x        x                  x          1            1
      ...at("level1", "dee", "10", "complete"),
      // eve gives up once, then completes     x        x                             2            1
      ...at("level1", "eve", "16", "start", "start", "complete"),
      // fay gives up                          x                                      1            0
      ...at("level1", "fay", "16", "start"),
      // gus' second start was lost            x        x       x                     2            1
      ...at("level1", "gus", "10", "start", "fail", "complete"),
      // hal completes it twice                x        x                  x          2            2
      ...at("level1", "hal", "10", "start", "complete", "start", "complete"),
      //                                       8        6       4          3         13            7
      // level2: ada                           x        x                  x          1            1
      ...at("level2", "ada", "11", "start", "complete"),
      // bob's start was lost, he fails        x                x                     1            0
      ...at("level2", "bob", "16", "fail"),
      //                                       2        1       1          1          2            1
      // bonus: dee never completes it         x                x                     3            0
      ...at("bonus", "dee", "17", "start", "fail", "start", "fail", "start"),
    );
    expect(await marts.query("SELECT * FROM marts.progression_funnel ORDER BY position, level DESC")).toEqual(
      [
        {
          game_id: "my_game",
          level: "level1",
          position: 1,
          players_started: 8,
          players_completed: 6,
          players_failed: 4,
          players_lost: 2,
          completion_rate: 0.75,
          first_try_rate: 0.375,
          attempts: 13,
          attempts_per_completion: 1.8571,
          players_without_start: 1,
        },
        {
          game_id: "my_game",
          level: "level2",
          position: 2,
          players_started: 2,
          players_completed: 1,
          players_failed: 1,
          players_lost: 1,
          completion_rate: 0.5,
          first_try_rate: 0.5,
          attempts: 2,
          attempts_per_completion: 2,
          players_without_start: 1,
        },
        {
          game_id: "my_game",
          level: "bonus",
          position: 2,
          players_started: 1,
          players_completed: 0,
          players_failed: 1,
          players_lost: 1,
          completion_rate: 0,
          first_try_rate: 0,
          attempts: 3,
          attempts_per_completion: null,
          players_without_start: 0,
        },
      ],
    );
    // Each player stands in the version in which the level was met: eve and fay in 1.1, the others in 1.0.
    expect(
      await marts.query(
        "SELECT * FROM marts.progression_by_version WHERE level = 'level1' ORDER BY app_version",
      ),
    ).toEqual([
      {
        game_id: "my_game",
        level: "level1",
        app_version: "1.0",
        players_started: 6,
        players_completed: 5,
        completion_rate: 0.8333,
        first_try_rate: 0.5,
        attempts_per_completion: 1.6667, // 10 ÷ 6
      },
      {
        game_id: "my_game",
        level: "level1",
        app_version: "1.1",
        players_started: 2,
        players_completed: 1,
        completion_rate: 0.5,
        first_try_rate: 0,
        attempts_per_completion: 3,
      },
    ]);
  });

  it("tells of each player how a level went", async () => {
    await using marts = await startMarts();
    await marts.happened(
      ...at("level1", "ada", "14", "start", "fail", "start", "complete"),
      ...at("level1", "ada", "15", "start"),
      ...at("level1", "ada", "16", "fail"),
    );
    expect(await marts.query("SELECT * FROM marts.player_levels")).toEqual([
      {
        game_id: "my_game",
        user_id: "ada",
        level: "level1",
        level_number: 1,
        first_at: "2026-11-20 14:00:00.000",
        first_app_version: "1.0",
        starts: 3,
        completions: 1,
        fails: 2,
        attempts: 3,
        first_completed_at: "2026-11-20 14:03:00.000",
        completed_first_try: false,
      },
    ]);
  });
});

describe("the economy", () => {
  const moved = (flow: string, user: string, at: string, amount: number, fields = {}) =>
    event("resource", user, at, { flow, resource: "gold", amount, item_type: "quest", ...fields });

  it("adds up what was earned and spent, and goes on from day to day", async () => {
    await using marts = await startMarts();
    await marts.happened(
      moved("source", "ada", "2026-11-18 10:00", 100),
      moved("source", "bob", "2026-11-18 23:59:59.999", 50.5, { item_id: "q-1" }),
      moved("sink", "ada", "2026-11-18 12:00", 30.25, { item_type: "sword", item_id: "s-7" }),
      // Nothing moves on 11-19.
      moved("sink", "ada", "2026-11-20 00:00", 20, { item_type: "sword", item_id: "s-7" }),
      moved("sink", "ada", "2026-11-20 01:00", 60, { item_type: "sword", item_id: "s-7" }),
      moved("source", "ada", "2026-11-20 10:00", 5, { resource: "gems" }),
      moved("source", "ada", "2026-11-20 10:00", 7, { game_id: "other_game" }),
    );
    const rows = await marts.query("SELECT * FROM marts.economy ORDER BY game_id, resource, event_date");
    expect(rows).toEqual([
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        resource: "gems",
        players: 1,
        sourced: "5.000000",
        sunk: "0.000000",
        net: "5.000000",
        balance: "5.000000",
      },
      {
        event_date: "2026-11-18",
        game_id: "my_game",
        resource: "gold",
        players: 2,
        sourced: "150.500000",
        sunk: "30.250000",
        net: "120.250000",
        balance: "120.250000",
      },
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        resource: "gold",
        players: 1,
        sourced: "0.000000",
        sunk: "80.000000",
        net: "-80.000000",
        balance: "40.250000",
      },
      {
        event_date: "2026-11-20",
        game_id: "other_game",
        resource: "gold",
        players: 1,
        sourced: "7.000000",
        sunk: "0.000000",
        net: "7.000000",
        balance: "7.000000",
      },
    ]);
  });

  it("says what it was earned by and spent on", async () => {
    await using marts = await startMarts();
    await marts.happened(
      moved("source", "ada", "2026-11-20 10:00", 10),
      moved("source", "bob", "2026-11-20 11:00", 10),
      moved("source", "bob", "2026-11-20 12:00", 10),
      moved("sink", "ada", "2026-11-20 13:00", 7.5, { item_type: "sword", item_id: "s-7" }),
      seen("ada", "2026-11-20 14:00"),
    );
    expect(await marts.query("SELECT * FROM marts.economy_by_item ORDER BY flow")).toEqual([
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        resource: "gold",
        flow: "sink",
        item_type: "sword",
        item_id: "s-7",
        events: 1,
        players: 1,
        amount: "7.500000",
      },
      {
        event_date: "2026-11-20",
        game_id: "my_game",
        resource: "gold",
        flow: "source",
        item_type: "quest",
        item_id: null,
        events: 3,
        players: 2,
        amount: "30.000000",
      },
    ]);
  });
});
