import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";

const GUARD = join(import.meta.dirname, "worker-process.ts");

/** The guard around `program`. All of its descendants share its output, which ends with the last of them. */
function startGuard(program: string) {
  const guard = spawn(process.execPath, [GUARD, "-e", program], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const output = guard.stdout;
  if (output === null) throw new Error("the guard's output is not piped");
  const ended = Promise.all([once(guard, "exit"), once(output, "end")]).then(([exit]) => exit);
  return { guard, nextOutput: async () => `${await once(output, "data")}`, ended };
}

test("when the parent is gone, so are the child and its descendants", async () => {
  const grandchild = `console.log("running"); setInterval(() => {}, 1000)`;
  const { guard, nextOutput, ended } = startGuard(`
    const options = { stdio: "inherit" };
    require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], options);
    setInterval(() => {}, 1000);
  `);
  expect(await nextOutput()).toBe("running\n");
  guard.disconnect(); // what the system does when the parent is killed
  expect(await ended).toEqual([null, "SIGKILL"]);
});

test("it waits for a child that is told to stop, and ends as the child ended", async () => {
  const { guard, nextOutput, ended } = startGuard(`
    process.on("SIGTERM", () => { console.log("stopping"); process.exit(7); });
    setInterval(() => {}, 1000);
    console.log("running");
  `);
  expect(await nextOutput()).toBe("running\n");
  process.kill(-Number(guard.pid), "SIGTERM");
  expect(await nextOutput()).toBe("stopping\n");
  expect(await ended).toEqual([7, null]);
});
