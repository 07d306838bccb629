import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { IngestAnswer } from "../../sdk/events.ts";
import { app } from "../app.ts";
import { anEvent, key, withQueuesDown } from "../testing/requests.ts";

interface Sent {
  body?: unknown;
  path?: string;
  headers?: Record<string, string>;
  bindings?: Env;
}

/** Posts as a page of another origin does that does not ask first: no header of its own, and a type that forms may have. */
async function send(
  query: Record<string, string>,
  { body = anEvent(), path = "/v1/events", headers = {}, bindings = env }: Sent = {},
): Promise<Response> {
  const init = {
    method: "POST",
    headers: { Origin: "https://game.test", "Content-Type": "text/plain;charset=UTF-8", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
  return app.request(`${path}?${new URLSearchParams(query)}`, init, bindings);
}

const idOf = (response: Response) => response.headers.get("X-Request-Id");

const UUID = /^[0-9a-f-]{36}$/;

describe("a request id in the query", () => {
  it("is the request's where no header says one", async () => {
    const response = await send({ key: await key(), request_id: "batch-7_=" });
    const { request_id, accepted } = (await response.json()) as IngestAnswer;
    expect([response.status, accepted, request_id, idOf(response)]).toEqual([
      202,
      1,
      "batch-7_=",
      "batch-7_=",
    ]);
  });

  it("gives way to the header", async () => {
    const headers = { "X-Request-Id": "by-header" };
    expect(idOf(await send({ key: await key(), request_id: "by-query" }, { headers }))).toBe("by-header");
  });

  it.each(["", "two words", "a.b", "é", "x".repeat(256)])(
    "is as little taken as the header: %j",
    async (id) => {
      expect(idOf(await send({ key: await key(), request_id: id }))).toMatch(UUID);
      expect(idOf(await send({ key: await key() }, { headers: { "X-Request-Id": encodeURI(id) } }))).not.toBe(
        id,
      );
    },
  );

  it("counts where events are sent or checked, and nowhere else", async () => {
    const idAt = async (path: string) => idOf(await send({ request_id: "by-query" }, { path }));
    expect(await idAt("/v1/events/validate")).toBe("by-query");
    expect(await idAt("/v1/tokens")).toMatch(UUID);
    expect(idOf(await app.request("/v1/events?request_id=by-query", {}, env))).toMatch(UUID);
  });
});

describe("the log line", () => {
  const lines: string[] = [];

  beforeEach(() => {
    lines.length = 0;
    for (const level of ["debug", "log", "info", "warn", "error"] as const)
      vi.spyOn(console, level).mockImplementation((...parts) => lines.push(parts.join(" ")));
  });
  afterEach(() => vi.restoreAllMocks());

  /** What the line of a request says of its attempt. */
  const loggedAttempt = async (query: Record<string, string>, headers = {}) => {
    await send(query, { headers });
    return JSON.parse(lines.at(-1) ?? "{}");
  };

  it("says which attempt it was, from the second", async () => {
    expect(await loggedAttempt({ attempt: "2" })).toMatchObject({ status: 401, attempt: 2 });
    expect(await loggedAttempt({ attempt: "99" })).toMatchObject({ attempt: 99 });
    expect(await loggedAttempt({}, { "X-Attempt": "3" })).toMatchObject({ attempt: 3 });
    expect(await loggedAttempt({ attempt: "4" }, { "X-Attempt": "3" })).toMatchObject({ attempt: 3 });
    expect(await loggedAttempt({ attempt: "1" })).not.toHaveProperty("attempt");
    expect(await loggedAttempt({})).not.toHaveProperty("attempt");
  });

  it.each(["0", "-1", "100", "2.5", "two", "", "1e99"])("says nothing of the attempt %j", async (attempt) => {
    expect(await loggedAttempt({ attempt })).not.toHaveProperty("attempt");
    expect(await loggedAttempt({}, { "X-Attempt": attempt })).not.toHaveProperty("attempt");
  });

  it("never holds the key, whatever becomes of the request", async () => {
    const write = await key();
    const [, payload = ""] = write.split(".");
    await send({ key: write }, { body: [{}] });
    await send({ key: write }, { body: "{" });
    await send({ key: write, request_id: write, attempt: write }, { body: [{}] });
    await send({ key: write }, { bindings: withQueuesDown(() => true) });
    await send({ key: write }, { bindings: { ...env, WRITE_RATE_LIMIT: {} as RateLimit } });
    await send({ key: write }, { bindings: { ...env, QUEUE_MAX_BYTES: "much" } as unknown as Env });
    await send({ key: write }, { path: "/v1/events/validate" });
    await send({ key: await key("admin") });
    await send({ key: `${write}forged` });
    expect(lines.filter((line) => line.includes('"event":"request"'))).toHaveLength(9);
    expect(lines.join("\n")).not.toContain(payload);
    expect(lines.join("\n")).not.toContain("key=");
  });
});

describe("a page of another origin", () => {
  const refused = { limit: async () => ({ success: false }) } as RateLimit;
  const broken = {} as RateLimit;

  it.each<[number, () => Promise<Response>]>([
    [202, async () => send({ key: await key() })],
    [400, async () => send({ key: await key() }, { body: "{" })],
    [401, async () => send({ key: "nonsense" })],
    [403, async () => send({ key: await key("admin") })],
    [413, async () => send({ key: await key() }, { body: " ".repeat(1024 * 1024 + 1) })],
    [415, async () => send({ key: await key() }, { headers: { "Content-Type": "multipart/form-data" } })],
    [422, async () => send({ key: await key() }, { body: [{}] })],
    [429, async () => send({ key: await key() }, { bindings: { ...env, WRITE_RATE_LIMIT: refused } })],
    [503, async () => send({ key: await key() }, { bindings: withQueuesDown(() => true) })],
    [503, async () => send({}, { bindings: { ...env, QUEUE_MAX_BYTES: "much" } as unknown as Env })],
    [500, async () => send({ key: await key() }, { bindings: { ...env, WRITE_RATE_LIMIT: broken } })],
  ])("may read %i, its id, when to come again, and the date", async (status, answer) => {
    const response = await answer();
    expect([response.status, idOf(response)]).toEqual([status, expect.stringMatching(UUID)]);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(response.headers.get("Access-Control-Expose-Headers")).toBe("X-Request-Id,Retry-After,Date");
    expect(response.headers.has("Retry-After")).toBe(status === 429 || status === 503);
  });
});
