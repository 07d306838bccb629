/** `npm run snowflake:deploy` and `npm run snowflake:verify`: the warehouse's SQL, put into an account or tried out in one. */
import { styleText } from "node:util";
import { stopSignal } from "../../local/stop-signal.ts";
import { smokeFile, sqlFiles } from "../sql/files.ts";
import { connect } from "./connect.ts";
import { deploy } from "./deploy.ts";
import { type DeployCommand, type Login, parseOptions, USAGE, type VerifyCommand } from "./options.ts";
import { describeProblems } from "./report.ts";
import { scratchSettings } from "./scratch.ts";
import type { Session } from "./session.ts";
import type { Problem } from "./smoke.ts";
import { verify } from "./verify.ts";

async function main(): Promise<void> {
  const command = parseOptions(process.argv.slice(2), process.env);
  switch (command.kind) {
    case "help":
      console.log(USAGE);
      break;
    case "wrong":
      console.error(`${command.message}\n\n${USAGE}`);
      process.exitCode = 2;
      break;
    case "deploy":
    case "verify":
      await run(command);
  }
}

/** A message only: a stack, or an error printed as an object, may hold what the driver was configured with. */
async function run(command: DeployCommand | VerifyCommand): Promise<void> {
  try {
    const problems = await problemsOf(command);
    if (problems.length === 0) return;
    console.error(styleText("red", describeProblems(problems)));
  } catch (error) {
    console.error(styleText("red", error instanceof Error ? error.message : String(error)));
  }
  process.exitCode = 1;
}

async function problemsOf(command: DeployCommand | VerifyCommand): Promise<Problem[]> {
  switch (command.kind) {
    case "deploy": {
      const { login, settings, planOnly, all } = command;
      const [files, smoke] = [sqlFiles(settings), smokeFile(settings)];
      return withSession(login, (session) =>
        deploy({ session, settings, files, smoke, planOnly, all, log: console.log }),
      );
    }
    case "verify": {
      // Listened to before anything is made: what Ctrl-C interrupts is dropped all the same.
      const stop = stopSignal();
      const settings = scratchSettings(command.settings, new Date());
      const [files, smoke] = [sqlFiles(settings), smokeFile(settings)];
      return withSession(command.login, (session) =>
        verify({ session, settings, files, smoke, stop, log: console.log }),
      );
    }
  }
}

async function withSession<T>(login: Login, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await connect(login);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

await main();
