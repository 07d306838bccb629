import type { CoreClient } from "../core/client.ts";

/** Tells a client when its page is left and when it is back. Call what is returned to stop. */
export function watchPage(client: CoreClient): () => void {
  const listeners = new AbortController();
  const { signal } = listeners;
  const comeBack = () => client.comeBack();
  // A phone may end a page that was only hidden: MDN advises to take that as the last chance.
  const onVisibility = () => (document.visibilityState === "hidden" ? client.leave(false) : comeBack());
  document.addEventListener("visibilitychange", onVisibility, { signal });
  addEventListener("pagehide", () => client.leave(true), { signal });
  addEventListener("pageshow", comeBack, { signal });
  addEventListener("online", comeBack, { signal });
  return () => listeners.abort();
}
