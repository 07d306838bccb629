import type { CoreClient } from "../core/client.ts";
import type { CustomEvents, ServerClient } from "../core/types.ts";
import type { Properties } from "../events.ts";

/** A client that can report for many players. */
export function serverClient<
  Events extends { [Name in keyof Events]: Properties | undefined } = CustomEvents,
>(client: CoreClient): ServerClient<Events> {
  return {
    ...client,
    forUser: (user_id: string, session_id?: string) => client.recorderWith({ user_id, session_id }),
  } as ServerClient<Events>;
}
