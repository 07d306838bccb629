import { version } from "../../package.json";
import type { AppContext } from "../http/context.ts";
import { alertPaths } from "./openapi/alerts.ts";
import { collectPaths } from "./openapi/collect.ts";
import { keyPaths } from "./openapi/keys.ts";
import { leaderboardPaths } from "./openapi/leaderboards.ts";
import { numberPaths } from "./openapi/numbers.ts";
import { operatePaths } from "./openapi/operate.ts";
import { jsonSchemaOf, SCHEMAS } from "./openapi/parts.ts";
import { playerPaths } from "./openapi/players.ts";

function describe() {
  return {
    openapi: "3.1.0",
    info: { title: "Playtrail", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    security: [{ key: [] }],
    paths: {
      ...collectPaths(),
      ...numberPaths(),
      ...leaderboardPaths(),
      ...operatePaths(),
      ...alertPaths(),
      ...keyPaths(),
      ...playerPaths(),
    },
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        query_key: {
          type: "apiKey",
          in: "query",
          name: "key",
          description: "A write key or a player token, where headers cannot be set.",
        },
      },
      schemas: Object.fromEntries(
        Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchemaOf(schema)]),
      ),
    },
  };
}

let description: string | undefined;

/** `GET /openapi.json`: the API, described from the schemas that it checks with. */
export function openApi(c: AppContext): Response {
  description ??= JSON.stringify(describe());
  return c.body(description, 200, { "Content-Type": "application/json" });
}
