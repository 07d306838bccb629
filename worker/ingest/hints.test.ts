import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { IngestAnswer } from "../../sdk/events.ts";
import { app } from "../app.ts";
import { anEvent, key } from "../testing/requests.ts";
import { answerSchema } from "./answer.ts";

const SLOW = { flush_interval_ms: 30_000, sample: 0.1, paused_until: "2026-11-21T18:00:00+01:00" };
const OTHERS = { sample: 0.5 };

const hinting = { ...env, CLIENT_HINTS: JSON.stringify({ slow_game: SLOW, "*": OTHERS }) };

/** The collector's answer to a batch that is sent with a key of `game`. */
async function answerTo(batch: unknown, game: string, { path = "/v1/events", bindings = hinting } = {}) {
  const headers = { Authorization: `Bearer ${await key("write", game)}`, "Content-Type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(batch) };
  return (await (await app.request(path, init, bindings)).json()) as IngestAnswer;
}

const hintsTo = async (batch: unknown, game: string) => (await answerTo(batch, game)).hints;

describe("hints", () => {
  it("come with the answer to a batch, as the operator wrote them", async () => {
    const answer = await answerTo(anEvent(), "slow_game");
    expect(answer.hints).toEqual(SLOW);
    expect(answerSchema.parse(answer)).toEqual(answer);
  });

  it("come also where every event was rejected", async () => {
    expect(await hintsTo([{}], "slow_game")).toEqual(SLOW);
  });

  it("for all games go to those that are not named, whatever they are called", async () => {
    expect(await hintsTo(anEvent(), "other_game")).toEqual(OTHERS);
    expect(await hintsTo(anEvent(), "constructor")).toEqual(OTHERS);
  });

  it("with a key for all games are those of the first accepted event's game, else of all games", async () => {
    const stray = anEvent();
    const events = [stray, { game_id: "third_game" }, anEvent({ game_id: "slow_game" })];
    expect(await hintsTo([...events, anEvent({ game_id: "other_game" })], "*")).toEqual(SLOW);
    expect(await hintsTo([stray], "*")).toEqual(OTHERS);
  });

  it("are absent where none are set, and where nothing is sent in earnest", async () => {
    const others = { ...env, CLIENT_HINTS: JSON.stringify({ slow_game: SLOW }) };
    expect(await answerTo(anEvent(), "other_game", { bindings: others })).not.toHaveProperty("hints");
    expect(await answerTo(anEvent(), "other_game", { bindings: env })).not.toHaveProperty("hints");
    const validate = { path: "/v1/events/validate" };
    expect(await answerTo(anEvent(), "slow_game", validate)).not.toHaveProperty("hints");
  });
});
