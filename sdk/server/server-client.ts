import type { CoreClient } from "../core/client.ts";
import type { Reported } from "../core/envelope.ts";
import { accepts } from "../core/options.ts";
import { createRecorder } from "../core/recorder.ts";
import type { CustomEvents, EventMap, Recorder, ServerClient } from "../core/types.ts";
import { randomUuid } from "../core/uuid.ts";

/** A client that can report for many players. */
export function serverClient<Events extends EventMap<Events> = CustomEvents>(
  client: CoreClient,
): ServerClient<Events> {
  function forUser(user_id: string, session_id?: string): Recorder {
    // The collector refuses such events one by one, but here is where the mistake can be seen.
    accepts("userId", user_id);
    let sessionId = session_id;
    const record = (event: Reported) =>
      client.record({ shared: { user_id, session_id: sessionId }, ...event });
    return createRecorder(record, {
      start(fields = {}) {
        sessionId = randomUuid();
        record({ type: "session_start", fields });
      },
      end: (fields = {}) => record({ type: "session_end", fields }),
    });
  }

  return { ...client, forUser } as ServerClient<Events>;
}
