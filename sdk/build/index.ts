/**
 * `npm run build`: the package (`sdk/dist`) and the Worker's static files (`dist/public`).
 * `npm run build -- public`: these files alone, as Wrangler does before each `dev` and `deploy`.
 * `npm run build -- --accept`: the API has changed on purpose; `sdk/api` shows it from now on.
 */
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { accept: { type: "boolean", default: false } },
  allowPositionals: true,
});

// Only the part that is wanted is loaded: the package's has a TypeScript with it.
const parts: Record<string, () => Promise<unknown>> = {
  package: async () => (await import("./package.ts")).buildPackage(values),
  public: async () => (await import("./public.ts")).buildPublic(),
};

for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  const build = parts[name];
  if (!build) throw new Error(`there is no part ${name}`);
  await build();
}
