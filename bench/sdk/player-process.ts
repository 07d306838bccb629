import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { nextMessage, startProcess, stopProcess } from "../scratch.ts";
import { nowMs } from "./collector/tally.ts";
import type { Job, Report } from "./player.ts";

const DIST = fileURLToPath(new URL("dist/", import.meta.url));

/** A process that does a job. */
export interface Player {
  /** What it has said so far, by kind. */
  said: { [Kind in Report["kind"]]?: Extract<Report, { kind: Kind }> };
  /** The exit code, or the signal, by which it went, and when; absent: it lives. */
  gone?: { by: number | string; at: number };
  send(message: "go" | "stop"): void;
  kill(): Promise<void>;
}

/** Writes the player as plain JavaScript: Node's own way of reading TypeScript would count towards its memory. */
export async function buildPlayer(): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL("player.ts", import.meta.url))],
    outdir: DIST,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
}

/** Starts a job and waits until its SDK is ready. */
export async function startPlayer(job: Job): Promise<Player> {
  const args = [`${DIST}player.js`, JSON.stringify(job)];
  // Not a word of what SDKs print of themselves.
  const child = startProcess(process.execPath, args, ["ignore", "ignore", "ignore", "ipc"]);
  const said: Record<string, Report> = {};
  const player: Player = {
    said: said as Player["said"],
    // It may be gone meanwhile, which is no failure of the bench.
    send: (message) => void (child.connected && child.send(message, () => {})),
    kill: () => stopProcess(child),
  };
  child.on("message", (message) => {
    const report = message as Report;
    said[report.kind] = report;
  });
  child.once("exit", (code, signal) => {
    player.gone = { by: code ?? signal ?? "unknown", at: nowMs() };
  });
  await nextMessage<Report>(child);
  return player;
}

/** Waits until it is so, for at most `limitMs`; says whether it is. */
export async function waitUntil(isSo: () => boolean, limitMs: number): Promise<boolean> {
  const deadline = nowMs() + limitMs;
  while (!isSo() && nowMs() < deadline) await sleep(20);
  return isSo();
}
