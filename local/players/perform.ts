import type { Client } from "../../sdk/core/types.ts";
import type { Move } from "./player.ts";

/** Reports `move` as a game would: by the SDK's own method for it. */
export function perform(client: Client, move: Move, country: string): void {
  switch (move.event_type) {
    case "install":
      client.install({ ...move.fields, country });
      break;
    case "purchase":
      client.purchase({ ...move.fields, country });
      break;
    case "session_start":
      client.session.start({ ...move.fields, country });
      break;
    case "session_end":
      client.session.end({ ...move.fields, country });
      break;
    case "progression":
      client.progression({ ...move.fields, country });
      break;
    case "resource":
      client.resource({ ...move.fields, country });
      break;
    case "ad":
      client.ad({ ...move.fields, country });
      break;
    case "performance":
      client.performance({ ...move.fields, country });
      break;
    case "error":
      client.error({ ...move.fields, country });
      break;
    case "custom":
      client.custom({ ...move.fields, country });
      break;
  }
}
