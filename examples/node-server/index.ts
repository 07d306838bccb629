/**
 * A game's server: it signs players in, gives each a token to report with, and reports purchases that it has checked itself.
 * `PLAYTRAIL_URL` and `PLAYTRAIL_SERVER_KEY` say where the collector is and who asks; `PORT` is 3000 unless told otherwise, and
 * `QUEUE_FILE` keeps what is not delivered yet through a crash.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "playtrail/node";
import { createGameServer } from "./game-server.ts";
import { createTokenSource } from "./tokens.ts";

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const collector = { url: setting("PLAYTRAIL_URL"), key: setting("PLAYTRAIL_SERVER_KEY") };

const queueFile = process.env.QUEUE_FILE;

const playtrail = createClient({ ...collector, appVersion: "1.0.0", path: queueFile });
playtrail.on("error", ({ outcome, status, message }) =>
  console.error(`events were ${outcome}: ${status ?? "no answer"}, ${message}`),
);
playtrail.on("verdict", (verdict) => console.error("the collector had something to say:", verdict));

const server = createServer(createGameServer({ playtrail, mintToken: createTokenSource(collector) }));
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
await once(server, "listening");
console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);

// A signal may come twice: Ctrl-C does, from the terminal and once more through npm.
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => stopping.abort());
await once(stopping.signal, "abort");

// First no new requests, then the end of those under way, then what they reported: so a deploy loses nothing.
const closed = once(server, "close");
server.close();
await closed;
const { sent, dropped, pending } = await playtrail.close();
console.log(`closed: ${sent} events sent, ${dropped} dropped, ${pending} left for the next start`);
process.exit(pending > 0 && queueFile === undefined ? 1 : 0);
