import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Platform, ServerClient } from "playtrail/node";
import { verifyReceipt } from "./store.ts";
import type { MintToken } from "./tokens.ts";

export interface Parts {
  playtrail: ServerClient;
  mintToken: MintToken;
}

/** A signed-in player. */
interface Player {
  id: string;
  platform: Platform;
  /** The play session that the game reports, so that its events and the server's are seen together. */
  sessionId: string;
}

const MAX_BODY_BYTES = 16 * 1024;

/** What went wrong, for the game to read. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The requests of a game: `POST /login` answers a token to report events with, `POST /purchases` takes a receipt.
 * What the game says of money is never reported as it stands; the store is asked.
 */
export function createGameServer({ playtrail, mintToken }: Parts): RequestListener {
  /** By session, for as long as this process lives: yours stand in a database, and end. */
  const players = new Map<string, Player>();

  /** Passwords and platform accounts are your business; here whoever comes is let in. */
  async function logIn(request: IncomingMessage) {
    const { player: id, platform, session_id: sessionId } = await readBody(request, LOGIN_FIELDS);
    const { token, expires_at } = await mintToken(id);
    const session = randomUUID();
    players.set(session, { id, platform, sessionId });
    return { session, token, expires_at };
  }

  async function purchase(request: IncomingMessage) {
    const player = players.get(request.headers.authorization?.replace(/^Bearer /, "") ?? "");
    if (!player) throw new Refusal(401, "sign in first, and send the session as Authorization: Bearer");
    const { receipt } = await readBody(request, ["receipt"]);
    const sale = await verifyReceipt(receipt);
    if (!sale) throw new Refusal(402, "the store knows no such receipt");
    // Sent twice, or by two players, a receipt has one transaction_id, and the warehouse counts it once. What it buys is yours to grant once: keep
    // in your database which transactions were granted, and to whom.
    playtrail
      .forUser(player.id, player.sessionId)
      .purchase({ ...sale, platform: player.platform, verified: true });
    return { granted: sale.product_id };
  }

  async function route(request: IncomingMessage): Promise<object> {
    switch (`${request.method} ${request.url}`) {
      case "POST /login":
        return logIn(request);
      case "POST /purchases":
        return purchase(request);
      default:
        throw new Refusal(404, "there are POST /login and POST /purchases");
    }
  }

  return async function handle(request, response) {
    try {
      send(response, 200, await route(request));
    } catch (error) {
      if (error instanceof Refusal) return send(response, error.status, { error: error.message });
      console.error(error);
      send(response, 500, { error: "something went wrong here: try again" });
    }
  };
}

const LOGIN_FIELDS = ["player", "platform", "session_id"] as const;

/** A JSON object of texts, each of 1–128 characters. */
async function readBody<Field extends string>(
  request: IncomingMessage,
  fields: readonly Field[],
): Promise<Record<Field, string>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.byteLength;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) throw new Refusal(413, `a body has at most ${MAX_BODY_BYTES} bytes`);
  const body = parse(Buffer.concat(chunks).toString());
  for (const field of fields) {
    const value = body[field];
    if (typeof value !== "string" || value.length < 1 || value.length > 128)
      throw new Refusal(400, `${field} must be a text of 1–128 characters`);
  }
  return body as Record<Field, string>;
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new Refusal(400, "the body must be JSON");
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
