import type { BatchContext } from "../../worker/events/batch-context.ts";
import { lineEnding } from "../../worker/events/line.ts";

/** A request of one game's `write` key, received at a time, which says nothing for all of its events. */
export function contextAt(receivedAt: number, more: Partial<BatchContext> = {}): BatchContext {
  return {
    keyGame: "my_game",
    mayVerify: false,
    receivedAt,
    correctionMs: 0,
    country: undefined,
    ending: lineEnding(receivedAt, "d3c1177a-44cd-421b-bf04-e08ee30676da"),
    defaults: undefined,
    idSeed: undefined,
    ...more,
  };
}
