import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where state goes: memory where the machine has such a file system, so that the disk's own speed is not what gets measured. */
export const STATE_ROOT = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** What Cloudflare gives requests that are under way when their object is replaced. */
const RETIRE_WITHIN_MS = 30_000;

const directories = new Set<string>();
const children = new Set<ChildProcess>();

// Whatever ends the run, nothing stays behind: no process, no directory.
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));

/** A new directory, gone when the run ends or {@link removeDirectory} is called. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(STATE_ROOT, "playtrail-bench-"));
  directories.add(directory);
  return directory;
}

/** Removes what {@link makeDirectory} made. */
export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  directories.delete(directory);
}

/** Starts a process that ends with the run at the latest. */
export function startProcess(command: string, args: string[], stdio: StdioOptions): ChildProcess {
  const child = spawn(command, args, { stdio });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Starts a script of the bench as a process of its own, with a channel for messages. */
export function startScript(name: string): ChildProcess {
  const script = fileURLToPath(new URL(name, import.meta.url));
  return startProcess(process.execPath, [script], ["ignore", "inherit", "inherit", "ipc"]);
}

/** The next message of a process that {@link startScript} started. */
export function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`A process of the bench ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as Message);
    });
  });
}

/** Ends a process and waits until it is gone. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Asks a process to end what it is about, and waits until it is gone; with force where it is not within 30 s. */
export async function retireProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const timer = setTimeout(() => child.kill("SIGKILL"), RETIRE_WITHIN_MS);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(timer);
}

/**
 * A port for what will be killed and started again. Below those that systems hand out for outgoing connections: while it is dead, one
 * of the clients that knock there could otherwise be given that very port, and keep it.
 */
export async function quietPort(): Promise<number> {
  while (true) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const isListening = await once(server, "listening").then(
    () => true,
    () => false,
  );
  server.close();
  return isListening;
}
