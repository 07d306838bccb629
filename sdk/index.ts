export { createClient } from "./client.ts";
export type * from "./events.ts";
export type {
  Client,
  ClientOptions,
  Drop,
  DropReason,
  EventFields,
  SendFailure,
  Session,
  Stats,
} from "./types.ts";
