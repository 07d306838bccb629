export { createClient } from "../core/client.ts";
export type * from "../events.ts";
export type {
  Client,
  ClientOptions,
  Drop,
  DropReason,
  EventFields,
  SendFailure,
  Session,
  Stats,
} from "../core/types.ts";
