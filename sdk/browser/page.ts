import type { CoreClient } from "../core/client.ts";

/** Tells a client when its page is left and when it is back, until it is `closed`. */
export function watchPage(client: CoreClient, closed: AbortSignal): void {
  const options = { signal: closed };
  const comeBack = () => client.comeBack();
  // A phone may end a page that was only hidden: MDN advises to take that as the last chance.
  const onVisibility = () => (document.visibilityState === "hidden" ? client.leave(false) : comeBack());
  document.addEventListener("visibilitychange", onVisibility, options);
  addEventListener("pagehide", () => client.leave(true), options);
  addEventListener("pageshow", comeBack, options);
  addEventListener("online", client.hurry, options);
}
