import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { readConfig } from "./config.ts";

const problemsOf = (settings: Record<string, string>) => {
  const result = readConfig({ ...env, ...settings });
  return result.kind === "wrong" ? result.problems : [];
};

describe("CLIENT_HINTS", () => {
  it("may be left empty, or out", () => {
    const withoutHints: Record<string, unknown> = { ...env };
    delete withoutHints.CLIENT_HINTS;
    for (const settings of [withoutHints, { ...env, CLIENT_HINTS: "" }])
      expect(readConfig(settings)).toMatchObject({ kind: "ok", config: { CLIENT_HINTS: {} } });
  });

  it("is taken up to its bounds", () => {
    const hints = { flush_interval_ms: 600_000, sample: 0, paused_until: "2026-11-21T12:00:00Z" };
    const bounds = { secret_game: hints, "*": { flush_interval_ms: 1_000, sample: 1 } };
    expect(problemsOf({ CLIENT_HINTS: JSON.stringify(bounds) })).toEqual([]);
  });

  it.each([
    ["{", /^must be JSON such as/],
    ["[]", /^must be JSON such as/],
    ['{"secret_game":5}', /^must hold an object for each game/],
    ['{"secret_game":{"flush_interval":5000}}', /^must hold an object for each game/],
    ['{"secret_game":{"flush_interval_ms":999}}', /^flush_interval_ms must be .* 1000 to 600000$/],
    ['{"secret_game":{"flush_interval_ms":600001}}', /^flush_interval_ms must be/],
    ['{"secret_game":{"flush_interval_ms":"5000"}}', /^flush_interval_ms must be/],
    ['{"secret_game":{"sample":1.1}}', /^sample must be a number from 0 to 1$/],
    ['{"secret_game":{"sample":-0.1}}', /^sample must be/],
    ['{"secret_game":{"paused_until":"tomorrow"}}', /^paused_until must be RFC 3339/],
    ['{"secret_game":{"paused_until":"2026-11-21T12:00:00"}}', /^paused_until must be RFC 3339/],
  ])("%s is refused, and what is wrong is told without naming a game", (setting, reason) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const [problem = "", ...others] = problemsOf({ CLIENT_HINTS: setting });
    expect([problem.replace(/^CLIENT_HINTS /, ""), others]).toEqual([expect.stringMatching(reason), []]);
    expect(problem).not.toContain("secret_game");
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      { level: "error", event: "wrong_settings", problems: [problem] },
    ]);
    log.mockRestore();
  });
});

describe("FX_RATES_URL", () => {
  it("is the European Central Bank's where it is left out, and may be empty", () => {
    const withoutUrl: Record<string, unknown> = { ...env };
    delete withoutUrl.FX_RATES_URL;
    expect(readConfig(withoutUrl)).toMatchObject({
      config: { FX_RATES_URL: "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml" },
    });
    expect(problemsOf({ FX_RATES_URL: "" })).toEqual([]);
  });

  it("is a URL that can be fetched", () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const problem = "FX_RATES_URL must be empty or a http(s) URL";
    for (const url of ["rates.xml", "file:///rates.xml", "ftp://rates.test/"])
      expect(problemsOf({ FX_RATES_URL: url })).toEqual([problem]);
    log.mockRestore();
  });
});

describe("LEADERBOARDS", () => {
  it("may be left empty, or out", () => {
    const withoutBoards: Record<string, unknown> = { ...env };
    delete withoutBoards.LEADERBOARDS;
    for (const settings of [withoutBoards, { ...env, LEADERBOARDS: "" }])
      expect(readConfig(settings)).toMatchObject({ kind: "ok", config: { LEADERBOARDS: {} } });
  });

  it.each([
    ["{", "must be JSON"],
    ["[]", "must be JSON"],
    ['{"secret_game":5}', "must be JSON"],
    ['{"secret_game":{"score":{"value":"max(progression.scores)","period":"day"}}}', "has no number scores"],
  ])("%s is refused, and what is wrong is told without naming a game", (setting, reason) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const [problem = "", ...others] = problemsOf({ LEADERBOARDS: setting });
    expect([problem, others]).toEqual([expect.stringMatching(`^LEADERBOARDS .*${reason}`), []]);
    expect(problem).not.toContain("secret_game");
    log.mockRestore();
  });
});
