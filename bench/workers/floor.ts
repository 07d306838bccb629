import { DurableObject } from "cloudflare:workers";

interface FloorEnv {
  FLOOR: DurableObjectNamespace<Floor>;
}

/** (b) The floor: the least that any collector pays to read a batch and make it durable before it answers. */
export default {
  async fetch(request: Request, env: FloorEnv): Promise<Response> {
    const body = await request.text();
    JSON.parse(body);
    await env.FLOOR.getByName("floor").append(body);
    return new Response(null, { status: 202 });
  },
};

/** Keeps each request's body as one row, and nothing else. */
export class Floor extends DurableObject<FloorEnv> {
  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS batch (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)");
  }

  append(body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO batch (body) VALUES (?)", body);
  }
}
