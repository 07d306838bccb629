import type { CoreClient } from "../core/client.ts";

/** For so long what waits may hold up the end of a process, in milliseconds. */
const LAST_CALL_MS = 5_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** All clients of the process: they share its listeners, of which Node thinks more than ten a leak. */
const clients = new Set<CoreClient>();

/** Lets a client deliver before its process ends. Call what is returned when it is closed. */
export function watchProcess(client: CoreClient): () => void {
  if (clients.size === 0) listen();
  clients.add(client);
  return () => {
    clients.delete(client);
    if (clients.size === 0) unlisten();
  };
}

function listen(): void {
  process.on("beforeExit", onBeforeExit);
  process.on("exit", keepAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  process.off("beforeExit", onBeforeExit);
  process.off("exit", keepAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** Waiting for the network makes the process live on; when it ends again without a new event, that was all that could be done. */
const tried = new WeakMap<CoreClient, number>();

function onBeforeExit(): void {
  for (const client of clients) {
    const { tracked, pending } = client.stats();
    if (pending === 0 || tried.get(client) === tracked) continue;
    tried.set(client, tracked);
    void client.drain(LAST_CALL_MS);
  }
}

/** A listener keeps the signal from ending the process: where ours are the only ones, that is done once all is sent. */
async function onSignal(signal: NodeJS.Signals): Promise<void> {
  keepAll();
  if (process.listenerCount(signal) > 1) return;
  await Promise.all([...clients].map((client) => client.drain(LAST_CALL_MS)));
  keepAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

function keepAll(): void {
  for (const client of clients) client.keepNow();
}
