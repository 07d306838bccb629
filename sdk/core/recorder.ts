import type { EventType } from "../events.ts";
import type { Reported } from "./envelope.ts";
import type { EventFields, Recorder, Session } from "./types.ts";

/** The typed methods around the one that takes every event. */
export function createRecorder(record: (event: Reported) => void, session: Session): Recorder {
  const recorderOf =
    <Type extends EventType>(type: Type) =>
    (fields: EventFields<Type>) =>
      record({ type, fields });
  return {
    install: recorderOf("install"),
    purchase: recorderOf("purchase"),
    progression: recorderOf("progression"),
    resource: recorderOf("resource"),
    ad: recorderOf("ad"),
    performance: recorderOf("performance"),
    error: recorderOf("error"),
    custom: recorderOf("custom"),
    track: (name, properties) => record({ type: "custom", fields: { name, properties } }),
    session,
  };
}
