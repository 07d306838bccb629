/**
 * Runs Node with this process's own arguments, and takes that child and all of its descendants down when the parent is gone,
 * however it went: wrangler by itself would live on, and its workerd would hold the port. To be started detached, so that it
 * leads a process group, and with an IPC channel, which closes with the parent.
 */
import { spawn } from "node:child_process";

const child = spawn(process.execPath, process.argv.slice(2), { stdio: "inherit" });
child.on("exit", (code) => process.exit(code ?? 1));

// Killed outright: what was acknowledged is on disk, and the next start must find the port free.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));

// The group gets the signal, so the child does as well: stay until it has ended.
process.on("SIGTERM", () => undefined);
