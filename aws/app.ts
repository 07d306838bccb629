import { App } from "aws-cdk-lib";
import { VALIDATE_AGAINST_DEFAULT_RULES } from "aws-cdk-lib/cx-api";
import { addPlaytrailStack } from "./stack.ts";
import { STACKS } from "./stacks.ts";

/** Every stack. Its synthesis writes to `directory` and asks nobody: it needs neither an account nor a network. */
export function createApp(directory: string): App {
  const app = new App({
    outdir: directory,
    analyticsReporting: false,
    treeMetadata: false,
    // What breaks the schema of a resource is an error, not a warning.
    context: { [VALIDATE_AGAINST_DEFAULT_RULES]: true },
  });
  for (const name of Object.values(STACKS)) addPlaytrailStack(app, name);
  return app;
}
