import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { firstEventCommand } from "../local/first-event.ts";
import type { Role } from "../worker/auth/keys.ts";
import { keepKeySecrets, keyFileName } from "./key-file.ts";
import { createOperator, type Operator } from "./operator.ts";
import { Obstacle, type Step, secretChangesOf } from "./plan.ts";
import { waitUntilReady } from "./readiness.ts";
import { type Scene, streamOf, type Tools } from "./scene.ts";
import type { Environment } from "./settings.ts";
import { type Change, writeVars } from "./vars-file.ts";

const FIRST_KEYS: readonly Role[] = ["write", "read", "admin"];

/** Takes the steps, one after the other, and says what each has done. Throws at the first that fails. */
export async function carryOut(steps: readonly Step[], scene: Scene, tools: Tools): Promise<void> {
  const { environment, wrangler, choices, facts } = scene;
  const { say, directory, patience } = tools;
  let url = choices.url ?? "";
  for (const step of steps) {
    switch (step.kind) {
      case "vars":
        if (step.changes.length > 0) await changeToml(directory, environment, step.changes);
        say(step.changes.length > 0 ? "✓ wrangler.toml is changed: commit it" : "✓ wrangler.toml stands");
        break;
      case "secrets":
        say(await setSecrets(step, scene, tools));
        break;
      case "deploy": {
        const [address = ""] = await wrangler.deploy();
        url ||= address.replace(/\/$/, "");
        if (url === "")
          throw new Obstacle("it is deployed, but Wrangler names no address: run setup again with --url");
        say(`✓ deployed: ${url}`);
        break;
      }
      case "ready": {
        const readiness = await waitUntilReady(url, patience);
        if (readiness.kind === "not_ready")
          throw new Obstacle(
            `it is deployed, but not ready:\n${readiness.problems.map((line) => `  ${line}`).join("\n")}`,
          );
        say("✓ ready: its settings are right, and every queue delivers");
        break;
      }
      case "keys":
        await withOperator(step.game, url, scene, tools, (operator) =>
          mintFirstKeys(operator, step.game, url, say),
        );
        break;
      case "event":
        await withOperator(step.game, url, scene, tools, (operator) =>
          proveDelivery(operator, streamOf(facts, choices), say),
        );
    }
  }
}

async function changeToml(
  directory: string,
  environment: Environment,
  changes: readonly Change[],
): Promise<void> {
  const path = join(directory, "wrangler.toml");
  await writeFile(path, writeVars(await readFile(path, "utf8"), environment, changes));
}

async function setSecrets(
  { set, removed }: Extract<Step, { kind: "secrets" }>,
  { environment, wrangler, choices, facts, keySecrets }: Scene,
  { directory }: Tools,
): Promise<string> {
  if (set.length + removed.length === 0) return "✓ the secrets stand";
  // Kept before it is used: whatever breaks from here on, the secret that is in force is known.
  const isNew = keySecrets.from === "made now" || keySecrets.from === "rotated now";
  const isKept = isNew || facts.keptKeySecrets !== undefined;
  if (isKept && keySecrets.value !== undefined)
    await keepKeySecrets(directory, environment, keySecrets.value);
  await wrangler.putSecrets(secretChangesOf(facts, choices, keySecrets));
  const kept = isNew
    ? `\n  KEY_SECRETS is in ${keyFileName(environment)}: put it where your team keeps secrets, since Cloudflare never tells it`
    : "";
  return `✓ the Worker has its secrets: ${[...set, ...removed.map((name) => `no ${name}`)].join(", ")}${kept}`;
}

/** Where nobody here knows what keys are signed with, there is no operator. */
async function withOperator(
  game: string,
  url: string,
  { keySecrets }: Scene,
  { say, patience }: Tools,
  act: (operator: Operator) => Promise<void>,
): Promise<void> {
  const [secret] = keySecrets.value?.split(",") ?? [];
  if (secret === undefined) {
    say(
      `– ${game}: no keys and no test event, since the Worker's KEY_SECRETS is not known here: set PLAYTRAIL_KEY_SECRETS to it, or use an admin key that you have`,
    );
    return;
  }
  await act(await createOperator(url, game, secret.trim(), patience));
}

async function mintFirstKeys(
  operator: Operator,
  game: string,
  url: string,
  say: Tools["say"],
): Promise<void> {
  const known = await operator.countKeys();
  if (known > 0) {
    say(`✓ ${game} has ${known} ${known === 1 ? "key" : "keys"}; an admin key mints more (docs/keys.md)`);
    return;
  }
  say(`✓ the first keys of ${game}, shown this once:`);
  for (const role of FIRST_KEYS) {
    const { id, key } = await operator.mint(role);
    say(`    ${role.padEnd(6)} ${key}   (id ${id})`);
  }
  say(`  Send an event with the write key, and sign in with the read or admin key at ${url}/console:
    ${firstEventCommand(url, "$KEY")}`);
}

async function proveDelivery(
  operator: Operator,
  { name, region }: { name: string; region: string },
  say: Tools["say"],
): Promise<void> {
  await operator.sendTestEvent();
  const { delivery } = await operator.flush();
  const { last_error: error, consecutive_failures: failures } = delivery;
  if (failures > 0)
    throw new Obstacle(
      `the test event is on disk, but Firehose did not take it: ${error?.code ?? "no answer"} ${error?.message ?? ""}\n${error?.advice ?? "It is tried again by itself"}. What the collector takes meanwhile is kept`,
    );
  say(
    `✓ Firehose's stream ${name} in ${region} took the test event: an object in its bucket once its buffer's time is up, then user_id 'playtrail-setup' in core.events`,
  );
}
