import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBatch } from "../bench/events.ts";
import { CREDENTIALS, REGION, STREAM, type StandIn, startStandIn } from "../bench/faults/stand-in.ts";
import { until } from "../bench/faults/wait.ts";
import { crash } from "../bench/proof/crash.ts";
import { type RunningPrototype, startPrototype } from "../bench/prototype/start.ts";

describe("the prototypes' design, which the bench measures Playtrail against", () => {
  let firehose: StandIn;
  let prototype: RunningPrototype;

  beforeAll(async () => {
    firehose = await startStandIn();
    const target = { url: firehose.url, stream: STREAM, region: REGION, credentials: CREDENTIALS };
    prototype = await startPrototype(target);
  });

  afterAll(async () => {
    await prototype.stop();
    await firehose.close();
  });

  const post = async (body: string | Uint8Array<ArrayBuffer>, key = prototype.writeKey) => {
    const headers = { authorization: `Bearer ${key}` };
    const { status } = await fetch(prototype.eventsUrl, { method: "POST", headers, body });
    return status;
  };

  it("delivers what it acknowledged while nothing goes wrong, also more than one call holds", async () => {
    const batches = [makeBatch(1), makeBatch(10), makeBatch(500)];
    for (const { bytes } of batches) expect(await post(Uint8Array.from(bytes))).toBe(200);
    await until("all is delivered", async () => (await prototype.stats()).waiting === 0);
    const sent = batches.flatMap(({ bytes, idOffsets }) =>
      idOffsets.map((at) => bytes.toString("latin1", at, at + 36)),
    );
    expect((await firehose.collect()).toSorted()).toEqual(sent.toSorted());
    expect(await prototype.stats()).toEqual({ waiting: 0, delivered: 511 });
  });

  it("checks keys and events", async () => {
    expect(await post(Uint8Array.from(makeBatch(1).bytes), "another key")).toBe(401);
    expect(await post('{"event_type":"install"}')).toBe(422);
    expect(await post("no JSON")).toBe(400);
  });
});

// Side by side: they mostly wait.
describe.concurrent("a collector that is killed and started again, twice, under load", () => {
  const tiny = { eventsPerRequest: 1, deaths: 2, eventsPerLife: 250 };

  it("loses what was acknowledged where that was only in memory", async ({ expect }) => {
    const { acknowledged, stored, lost } = await crash("prototype", tiny);
    expect(lost).toBeGreaterThan(0);
    expect(stored).toBeGreaterThanOrEqual(acknowledged - lost);
  });

  it("loses nothing where it is Playtrail", async ({ expect }) => {
    const { acknowledged, lost } = await crash("playtrail", tiny);
    expect(acknowledged).toBeGreaterThanOrEqual(500);
    expect(lost).toBe(0);
  });
});
