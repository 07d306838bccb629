import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Contender, OpenOptions } from "../contender.ts";

const BATCH_EVENTS = 500;

/** No SDK: a buffer, JSON, gzip and `fetch`, one request after the other, nothing tried again. What is physically reachable here. */
export function open({ url }: OpenOptions): Contender {
  const pack = promisify(gzip);
  const lines: string[] = [];
  const startedAt = Date.now();

  async function send(from: number): Promise<void> {
    const envelope = {
      id_seed: "floor",
      defaults: { user_id: "player-7", timestamp: new Date(startedAt).toISOString() },
    };
    const events = lines.slice(from, from + BATCH_EVENTS).join(",");
    const json = `${JSON.stringify(envelope).slice(0, -1)},"events":[${events}]}`;
    const response = await fetch(`${url}/v1/events`, {
      method: "POST",
      headers: { "Content-Encoding": "gzip", "Content-Type": "application/json" },
      body: new Uint8Array(await pack(json, { level: 1 })),
    });
    await response.text();
  }

  return {
    track(name, properties) {
      const seq = lines.length + 1;
      const offset_ms = Date.now() - startedAt;
      lines.push(JSON.stringify({ event_type: "custom", name, properties, seq, offset_ms }));
    },
    async end() {
      for (let from = 0; from < lines.length; from += BATCH_EVENTS) await send(from);
    },
  };
}
