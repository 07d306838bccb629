import { describe, expect, it } from "vitest";
import { fuzz } from "../bench/fuzz/fuzz.ts";
import { logProblems, problemsOf } from "../bench/fuzz/judge.ts";
import type { Operation, Schema } from "../bench/fuzz/openapi.ts";
import type { Person } from "../bench/fuzz/people.ts";
import type { FuzzRequest } from "../bench/fuzz/request.ts";
import type { Answer } from "../bench/fuzz/send.ts";

/** Always the same, so that it is the change that fails, not the day. `npm run fuzz` draws others, and many more. */
const SEED = 20_261_121;

it("whatever is sent, nothing breaks, leaks or gets lost", async () => {
  const { findings, accepted, stored, statuses } = await fuzz({ requests: 2_000, seed: SEED });
  expect(findings).toEqual([]);
  expect(Math.min(accepted, stored)).toBeGreaterThan(50);
  expect(statuses.size).toBeGreaterThan(20);
});

describe("the run finds", () => {
  const SECRET = "the-secret-of-the-collector";
  const KEY = "eyJhbGciOiJIUzI1NiJ9.the.key";
  const secrets = { words: [SECRET], keys: [KEY] };
  const operation: Operation = {
    method: "GET",
    path: "/v1/games/{game}/queue",
    role: "read",
    parameters: [],
    body: undefined,
    answers: new Map<number, ReadonlyMap<string, Schema>>([
      [200, new Map([["application/json", { type: "object", required: ["game"] }]])],
      [
        401,
        new Map([
          ["application/problem+json", { allOf: [{ properties: { code: { enum: ["invalid_key"] } } }] }],
        ]),
      ],
    ]),
  };
  const request: FuzzRequest = {
    operation,
    person: { name: "reader", key: undefined, role: "read", game: "my_game" },
    method: "GET",
    path: "/v1/games/my_game/queue",
    headers: [],
    body: undefined,
  };
  const refusal = {
    type: "about:blank",
    title: "Unauthorized",
    status: 401,
    code: "invalid_key",
    detail: "send your key",
    request_id: "id-1",
  };
  const headers = {
    "x-request-id": "id-1",
    "content-type": "application/problem+json",
    "www-authenticate": "Bearer",
  };
  const refused = (change: object): Answer => ({
    status: 401,
    headers,
    text: JSON.stringify({ ...refusal, ...change }),
  });
  const json = { ...headers, "content-type": "application/json" };

  it.each<[string, Answer, string[]]>([
    ["nothing where all is as described", refused({}), []],
    [
      "a server error",
      { ...refused({ status: 500 }), status: 500 },
      ["answered 500", "answered 500, which is not described"],
    ],
    [
      "a wait without an end",
      { status: 503, headers, text: "" },
      ["503 without Retry-After", "answered 503, which is not described"],
    ],
    ["a code that is not described", refused({ code: "oops" }), ["oops is not described"]],
    ["a problem of another status", refused({ status: 403 }), ["a problem of status 403"]],
    ["a secret", refused({ detail: `no ${SECRET}` }), ["a secret"]],
    ["a key that is told to whoever sent it", refused({ detail: KEY }), ["a secret"]],
    [
      "a stack trace",
      refused({ detail: "Error\n    at handle (worker.mjs:1:2)" }),
      ['innards: "\\\\n    at "'],
    ],
    [
      "an answer without its request's name",
      { ...refused({}), headers: { ...headers, "x-request-id": undefined } },
      ["X-Request-Id is missing or no id", "a problem with another request's id"],
    ],
    [
      "a refusal that fills the screen",
      refused({ detail: "x".repeat(5_000) }),
      ["a problem of 5111 characters"],
    ],
    [
      "a page in place of a problem",
      { status: 401, headers: { ...headers, "content-type": "text/html" }, text: "<h1>" },
      ["text/html is not described"],
    ],
    [
      "an answer of another shape",
      { status: 200, headers: json, text: "[]" },
      [expect.stringContaining("the answer is not as described")],
    ],
  ])("%s", (_, answer, problems) => {
    expect(problemsOf(request, answer, [operation], secrets)).toEqual(problems);
  });

  it.each<[string, Partial<Person>, string[]]>([
    ["nobody where the key may", { game: "*", role: "admin" }, []],
    ["whoever has no good key", { role: undefined }, ["let in without a good key"]],
    ["whoever may less", { role: "write" }, ["let in with a key of role write"]],
    ["a player beyond leaderboards", { role: "write", player: "ada" }, ["let in with a key of role write"]],
    ["another game's", { game: "other_game" }, ["let in with a key of another game"]],
  ])("who was let in: %s", (_, person, problems) => {
    const visit = { ...request, person: { ...request.person, ...person } };
    const answer = { status: 200, headers: json, text: '{"game":"my_game"}' };
    expect(problemsOf(visit, answer, [operation], secrets)).toEqual(problems);
  });

  it.each([
    ['{"level":"info","event":"request"}', []],
    ["Error: oops", ["a line that is not the Worker's own"]],
    ['{"level":"error","event":"unexpected"}', ["an unexpected error"]],
    [
      `{"level":"info","event":"request","of":"canary-player-7 ${KEY} ${SECRET}"}`,
      ["a secret", "a key", "a player's id"],
    ],
  ])("in the log: %s", (line, problems) => {
    expect(logProblems(line, secrets)).toEqual(problems);
  });
});
