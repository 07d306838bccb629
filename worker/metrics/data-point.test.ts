import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { app } from "../app.ts";
import { anEvent, key } from "../testing/requests.ts";
import { BLOBS, DOUBLES } from "./data-point.ts";

/** Posts a body to a collector with a dataset, and returns what was written to it, by the columns' names. */
async function written(
  body: string,
  { path = "/v1/events", token = "", headers = {} }: { path?: string; token?: string; headers?: object },
) {
  const points: AnalyticsEngineDataPoint[] = [];
  const ANALYTICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
  const init = {
    method: "POST",
    body,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
  };
  const { status } = await app.request(path, init, { ...env, ANALYTICS });
  const named = points.map(({ indexes, blobs = [], doubles = [] }) => ({
    indexes,
    ...Object.fromEntries(BLOBS.map((column, place) => [column, blobs[place]])),
    ...Object.fromEntries(DOUBLES.map((column, place) => [column, doubles[place]])),
    columns: blobs.length + doubles.length,
  }));
  return { status, points: named };
}

const POINT = {
  indexes: ["pointed_game"],
  game: "pointed_game",
  route: "/v1/events",
  status_class: "2xx",
  key_role: "write",
  events: 0,
  accepted: 0,
  duplicates: 0,
  rejected: 0,
  bytes: 0,
  duration_ms: expect.any(Number),
  columns: 10,
};

it("a request that brings events is one data point: how many there were, and what became of them", async () => {
  const token = await key("write", "pointed_game");
  const event = anEvent();
  const body = JSON.stringify([event, event, anEvent(), {}]);
  const headers = { "Content-Length": String(body.length) };
  expect(await written(body, { token, headers })).toEqual({
    status: 202,
    points: [{ ...POINT, events: 4, accepted: 2, duplicates: 1, rejected: 1, bytes: body.length }],
  });
});

it("so is one that only asks for verdicts", async () => {
  const token = await key("server", "pointed_game");
  const path = "/v1/events/validate";
  expect(await written(JSON.stringify(anEvent()), { token, path })).toEqual({
    status: 200,
    points: [{ ...POINT, route: path, key_role: "server", events: 1, accepted: 1 }],
  });
});

it("so is one that is refused, of which no more is known than its key", async () => {
  const token = await key("write", "pointed_game");
  expect(await written("no json", { token })).toEqual({
    status: 400,
    points: [{ ...POINT, status_class: "4xx" }],
  });
  expect(await written("{}", { token: "nonsense" })).toEqual({
    status: 401,
    points: [{ ...POINT, indexes: [""], game: "", key_role: "", status_class: "4xx" }],
  });
});
