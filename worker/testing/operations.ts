import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { registryOf } from "../queue/registry.ts";
import { operationsOf } from "../schedule/operations.ts";

/** Makes the operations' object forget everything, and the registry every queue: checks look at all that there is. */
export async function forgetAllGames(): Promise<void> {
  await runInDurableObject(operationsOf(env), (_, { storage }) => {
    for (const table of ["day", "incident", "report", "failed"]) storage.sql.exec(`DELETE FROM ${table}`);
  });
  await runInDurableObject(registryOf(env), (_, { storage }) => {
    for (const table of ["queue", "trouble", "rate"]) storage.sql.exec(`DELETE FROM ${table}`);
  });
}
