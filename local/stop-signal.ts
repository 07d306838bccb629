import { once } from "node:events";

const PARENT_CHECK_MS = 500;

/** Aborted by Ctrl-C and its like. They may come twice: from the terminal, and once more through npm. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => controller.abort());
  if (process.env.npm_lifecycle_event !== undefined) abortWithParent(controller);
  return controller.signal;
}

/** npm passes SIGTERM on to its shell alone, which dies of it and tells nobody. */
function abortWithParent(controller: AbortController): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) controller.abort();
  }, PARENT_CHECK_MS).unref();
}

/** Resolves when `signal` is aborted, at once where it already is. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
