import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { anEvent, call, post } from "../testing/requests.ts";

describe("the request log", () => {
  const lines: Record<string, unknown>[] = [];
  const keep = (line: string) => lines.push(JSON.parse(line));

  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, "info").mockImplementation(keep);
    vi.spyOn(console, "error").mockImplementation(keep);
  });
  afterEach(() => vi.restoreAllMocks());

  it("is silent about events that were all taken, duplicates included", async () => {
    const event = anEvent();
    await post(event);
    await post([event, anEvent()]);
    expect(lines).toEqual([]);
  });

  it("is silent about scrapes that were answered", async () => {
    await call("GET", "/metrics", { role: "read" });
    expect(lines).toEqual([]);
    await call("GET", "/metrics", { role: "write" });
    expect(lines).toEqual([expect.objectContaining({ route: "/metrics", status: 403 })]);
  });

  it("has a line for a request with an event that was rejected", async () => {
    const response = await post([anEvent(), {}], { game: "logged_game" });
    expect(lines).toEqual([
      {
        level: "info",
        event: "request",
        request_id: response.headers.get("X-Request-Id"),
        method: "POST",
        route: "/v1/events",
        status: 202,
        ms: expect.any(Number),
        key_id: expect.any(String),
        game: "logged_game",
        accepted: 1,
        duplicates: 0,
        rejected: 1,
        retry: 0,
      },
    ]);
  });

  it("has a line for a request that was refused", async () => {
    await post(anEvent(), { headers: { Authorization: "Bearer nonsense" } });
    expect(lines).toEqual([expect.objectContaining({ route: "/v1/events", status: 401 })]);
  });

  it("is one line of JSON, and names what was asked for by nothing that was sent", async () => {
    const forged = encodeURIComponent('x"}\n{"level":"error","event":"forged"}');
    const written: string[] = [];
    vi.spyOn(console, "info").mockImplementation((line: string) => written.push(line));
    const headers = { "User-Agent": forged, "X-Attempt": forged, "X-Request-Id": forged };
    await call("GET", `/v1/games/${forged}/queue?after=${forged}`, { role: "read", headers });
    expect(written.map((line) => line.includes("forged") || line.includes("\n"))).toEqual([false]);
  });

  it("names the route rather than the path, which may name a player", async () => {
    await call("GET", "/v1/games/awesome_game/queue", { role: "read" });
    expect(lines).toEqual([expect.objectContaining({ route: "/v1/games/:game/queue", status: 200 })]);
  });
});
