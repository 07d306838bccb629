import type { Step } from "./plan.ts";
import type { Environment } from "./settings.ts";

/** A step in words, before it is taken. `keyFile` is where a secret that is made is kept. */
export function describeStep(step: Step, environment: Environment, keyFile: string): string {
  switch (step.kind) {
    case "vars":
      return step.changes.length === 0
        ? "wrangler.toml   stays as it is"
        : `wrangler.toml   in [env.${environment}.vars]: ${step.changes.map(({ name, from, to }) => `${name} "${from}" → "${to}"`).join(", ")}`;
    case "secrets":
      return `secrets         ${describeSecrets(step, keyFile)}`;
    case "deploy":
      return `deploy          wrangler deploy --env ${environment}`;
    case "ready":
      return "ready           wait until GET /ready answers 200";
    case "keys":
      return `keys            mint the first keys of ${step.game}, if it has none: write, read, admin`;
    case "event":
      return `event           send one test event to ${step.game}, and see Firehose take it`;
  }
}

function describeSecrets(
  { set, removed, kept, keySecrets }: Extract<Step, { kind: "secrets" }>,
  keyFile: string,
) {
  const isMade = keySecrets === "made now" || keySecrets === "rotated now";
  const names = set.map((name) =>
    name === "KEY_SECRETS" ? `${name} (${keySecrets}${isMade ? `, kept in ${keyFile}` : ""})` : name,
  );
  const parts = [
    ...(names.length > 0 ? [`set ${names.join(", ")}`] : []),
    ...(removed.length > 0 ? [`take away ${removed.join(", ")}`] : []),
    ...(kept.length > 0 ? [`${kept.join(", ")} ${kept.length === 1 ? "stays" : "stay"} as set`] : []),
  ];
  return parts.join("; ");
}
