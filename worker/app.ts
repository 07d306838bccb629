import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { limitRate } from "./auth/rate-limit.ts";
import {
  requireReader,
  requireRole,
  requireSender,
  requireSocketRole,
  requireWriter,
} from "./auth/require.ts";
import { requireAdmitted, requireUnrevoked } from "./auth/revoked.ts";
import { readConfig } from "./config.ts";
import { nameRequest } from "./http/attempt.ts";
import type { App } from "./http/context.ts";
import { Problem } from "./http/problem.ts";
import { requestLog } from "./http/request-log.ts";
import { ingest, validate } from "./ingest/routes.ts";
import { log } from "./log.ts";
import { writeDataPoints } from "./metrics/data-point.ts";
import { metrics } from "./metrics/scrape.ts";
import { audited, listAudit } from "./operate/audit.ts";
import { listDeadLetters, purgeDeadLetters, replayDeadLetters } from "./operate/dead-letters.ts";
import { erasePlayer, listErasures } from "./operate/erasure.ts";
import { listGames } from "./operate/games.ts";
import { health, ready } from "./operate/health.ts";
import { listIncidents } from "./operate/incidents.ts";
import { listKeys, mintKey, revokeKey } from "./operate/keys.ts";
import { listLeaderboards, playerStats, showLeaderboard } from "./operate/leaderboards.ts";
import { liveState } from "./operate/live.ts";
import { openApi } from "./operate/openapi.ts";
import { flushQueue, queueStats } from "./operate/queue.ts";
import { listReports } from "./operate/reports.ts";
import { mintToken } from "./operate/tokens.ts";
import { validGame } from "./operate/valid-game.ts";
import { COLLECTOR } from "./queue/shards.ts";
import { openTail } from "./tail/open.ts";

export const app = new Hono<App>();

app.use(nameRequest());
app.use(requestLog());

app.get("/health", health);
app.get("/ready", ready);
app.get("/openapi.json", openApi);

/** What games call from a browser is open to any page: no cookie is looked at, a key must be sent. */
function openCors(method: "GET" | "POST"): MiddlewareHandler<App> {
  const withCors = cors({
    origin: "*",
    allowMethods: [method],
    allowHeaders: ["Authorization", "Content-Type", "Content-Encoding", "X-Request-Id", "X-Attempt"],
    exposeHeaders: ["X-Request-Id", "Retry-After", "Date"],
    maxAge: 86_400,
  });
  // Only browsers ask: for all others it would be a second Response a request. A refusal keeps these headers, so that a page can read its
  // status: otherwise it could not tell a wrong key from a broken network.
  return (c, next) => (c.req.header("Origin") === undefined ? next() : withCors(c, next));
}
app.use("/v1/events", openCors("POST"));
app.use("/v1/games/:game/leaderboards/*", openCors("GET"));
app.use("/v1/games/:game/users/:user/stats", openCors("GET"));

const requireSettings: MiddlewareHandler<App> = async (c, next) => {
  const result = readConfig(c.env);
  if (result.kind === "wrong") {
    throw new Problem(
      503,
      "wrong_settings",
      `the collector's settings are wrong: ${result.problems.join("; ")}`,
      { "Retry-After": "60" },
    );
  }
  c.set("config", result.config);
  await next();
};
app.use("/v1/*", requireSettings);
app.use("/metrics", requireSettings);

app.get("/metrics", requireRole("read"), metrics);

app.post("/v1/events", writeDataPoints(), requireWriter(), limitRate(), ingest);
app.post(
  "/v1/events/validate",
  writeDataPoints(),
  requireSender("write"),
  limitRate(),
  requireAdmitted(),
  validate,
);
app.post("/v1/tokens", requireSender("server"), limitRate(), mintToken);

app.get("/v1/games", requireRole("read"), listGames);
app.get("/v1/games/:game/live", validGame(), requireRole("read"), liveState);
app.get("/v1/games/:game/incidents", validGame(), requireRole("read"), listIncidents);
app.get("/v1/games/:game/reports", validGame(), requireRole("read"), listReports);
app.get("/v1/games/:game/queue", validGame(COLLECTOR), requireRole("read"), queueStats);
app.post(
  "/v1/games/:game/queue/flush",
  validGame(COLLECTOR),
  requireRole("admin"),
  audited("flush"),
  flushQueue,
);

app.get("/v1/games/:game/dead-letters", validGame(COLLECTOR), requireRole("read"), listDeadLetters);
app.post(
  "/v1/games/:game/dead-letters/replay",
  validGame(COLLECTOR),
  requireRole("admin"),
  audited("replay"),
  replayDeadLetters,
);
app.delete(
  "/v1/games/:game/dead-letters",
  validGame(COLLECTOR),
  requireRole("admin"),
  audited("purge"),
  purgeDeadLetters,
);

const admitReader = [requireReader(), limitRate(), requireUnrevoked()] as const;
app.get("/v1/games/:game/leaderboards", validGame(), ...admitReader, listLeaderboards);
app.get("/v1/games/:game/leaderboards/:board", validGame(), ...admitReader, showLeaderboard);
app.get("/v1/games/:game/users/:user/stats", validGame(), ...admitReader, playerStats);

app.get("/v1/games/:game/tail", validGame(), requireSocketRole("read"), openTail);

app.get("/v1/games/:game/keys", validGame("*"), requireRole("admin"), listKeys);
app.post("/v1/games/:game/keys", validGame("*"), requireRole("admin"), mintKey);
app.delete(
  "/v1/games/:game/keys/:id",
  validGame("*"),
  requireRole("admin"),
  audited("key.revoke"),
  revokeKey,
);

app.delete(
  "/v1/games/:game/users/:user",
  validGame(),
  requireRole("admin"),
  audited("user.erase"),
  erasePlayer,
);
app.get("/v1/games/:game/erasures", validGame(), requireRole("admin"), listErasures);
app.get("/v1/games/:game/audit", validGame("*", COLLECTOR), requireRole("admin"), listAudit);

app.notFound((c) =>
  new Problem(404, "not_found", "there is nothing here: see /docs").toResponse(c.get("requestId")),
);

app.onError((error, c) => {
  if (error instanceof Problem) return error.toResponse(c.get("requestId"));
  log("error", "unexpected", { request_id: c.get("requestId"), error: error.stack ?? String(error) });
  const detail = "something went wrong on our side: send the same again";
  return new Problem(500, "unexpected", detail).toResponse(c.get("requestId"));
});
