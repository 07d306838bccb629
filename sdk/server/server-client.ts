import type { CoreClient } from "../core/client.ts";
import { isUserId } from "../core/options.ts";
import { createRecorder } from "../core/recorder.ts";
import type { CustomEvents, Recorder, ServerClient } from "../core/types.ts";
import { randomUuid } from "../core/uuid.ts";
import type { EventType, Properties } from "../events.ts";

/** A client that can report for many players. */
export function serverClient<
  Events extends { [Name in keyof Events]: Properties | undefined } = CustomEvents,
>(client: CoreClient): ServerClient<Events> {
  function forUser(user_id: string, session_id?: string): Recorder {
    // The collector refuses such events one by one, but here is where the mistake can be seen.
    if (!isUserId(user_id)) console.error("playtrail: a user id must be 1–128 characters");
    let sessionId = session_id;
    const record = (type: EventType, fields: object) =>
      client.record(type, { user_id, session_id: sessionId, ...fields });
    return createRecorder(record, {
      start(fields = {}) {
        sessionId = randomUuid();
        record("session_start", fields);
      },
      end: (fields = {}) => record("session_end", fields),
    });
  }

  return { ...client, forUser } as ServerClient<Events>;
}
