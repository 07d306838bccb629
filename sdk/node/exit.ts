import type { CoreClient } from "../core/client.ts";

/** For so long what waits may hold up the end of a process, in milliseconds. */
const LAST_CALL_MS = 5_000;
/** The second is for what somebody else's listener reports at the end; were there more, one that always does would keep the process for ever. */
const LAST_CALLS = 2;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** All clients of the process: they share its listeners, of which Node thinks more than ten a leak. */
const clients = new Set<CoreClient>();
/** How often a client was waited for, and how much it had been given by then. */
const lastCalls = new WeakMap<CoreClient, { count: number; tracked: number }>();
/** When each signal came first, by `performance.now()`. Whoever sends one again does not want to wait. */
const heard = new Map<NodeJS.Signals, number>();
/** Within so many milliseconds the same signal is one: Ctrl-C under npm comes from the terminal and, passed on, from npm. */
const TWIN_MS = 250;

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
  // Before the listeners of others: one that listens once is gone when it has been called.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function unlisten(): void {
  process.off("beforeExit", onBeforeExit);
  process.off("exit", keepAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** Waiting for the network makes the process live on; when it ends again without a new event, that was all that could be done. */
function onBeforeExit(): void {
  for (const client of clients) {
    const { tracked, pending } = client.stats();
    const last = lastCalls.get(client) ?? { count: 0, tracked: 0 };
    if (pending === 0 || last.tracked === tracked || last.count === LAST_CALLS) continue;
    lastCalls.set(client, { count: last.count + 1, tracked });
    void client.drain(LAST_CALL_MS);
  }
}

/** A listener keeps the signal from ending the process. Where there are others, they say what becomes of it; otherwise it ends once all is sent. */
async function onSignal(signal: NodeJS.Signals): Promise<void> {
  const isOnlyListener = process.listenerCount(signal) === 1;
  const now = performance.now();
  const firstAt = heard.get(signal);
  keepAll();
  if (isOnlyListener && firstAt !== undefined) {
    if (now - firstAt > TWIN_MS) die(signal);
    return;
  }
  heard.set(signal, firstAt ?? now);
  // Any other signal is a second one while this one is being waited for.
  if (isOnlyListener)
    for (const other of SIGNALS) if (!heard.has(other)) heard.set(other, Number.NEGATIVE_INFINITY);
  await Promise.all([...clients].map((client) => client.drain(LAST_CALL_MS)));
  if (isOnlyListener) die(signal);
}

function die(signal: NodeJS.Signals): void {
  keepAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

function keepAll(): void {
  for (const client of clients) client.keepNow();
}
