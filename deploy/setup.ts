import { Cancelled } from "./ask.ts";
import { carryOut } from "./carry-out.ts";
import { describeStep } from "./describe.ts";
import { keyFileName } from "./key-file.ts";
import type { SetupCommand } from "./options.ts";
import { Obstacle, planOf } from "./plan.ts";
import { checkKey, look, type Tools } from "./scene.ts";

/**
 * Looks at what stands, asks for what is missing, shows every step, and takes them. Run again it changes what has changed. Throws an
 * Obstacle, or what Wrangler or the collector said, at the first step that fails: those before it stand.
 */
export async function setup({ choices, dryRun, yes }: SetupCommand, tools: Tools): Promise<void> {
  const { say } = tools;
  const scene = await look(choices, dryRun, tools);
  await checkKey(scene, dryRun, tools);
  const steps = planOf(scene.facts, scene.choices, scene.keySecrets);
  for (const step of steps) say(describeStep(step, scene.environment, keyFileName(scene.environment)));
  if (dryRun) {
    say("\nNothing was changed.");
    return;
  }
  if (!yes) await agree(tools);
  say("");
  await carryOut(steps, scene, tools);
}

/** A pipe is no consent: where nobody can be asked, `--yes` is what agrees. */
async function agree({ ask }: Tools): Promise<void> {
  if (ask === undefined)
    throw new Obstacle("nobody can be asked here: pass --yes to take these steps. Nothing was changed");
  if (!(await ask.confirm("Go on?", true))) throw new Cancelled("nothing was changed");
}
