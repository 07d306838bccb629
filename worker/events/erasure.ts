import { eventJson, lineEnding, writeLines } from "./line.ts";

/** That a player is to be erased, as the warehouse is told. */
export interface ErasureNotice {
  game_id: string;
  user_id: string;
  erasure_id: string;
  requested_at: string;
}

/**
 * The line that tells the warehouse, such as
 *
 * `{"game_id":"awesome_game","user_id":"user_12345","erasure_id":"0b9e…","requested_at":"2026-12-01T09:00:00.000Z",`
 * `"record_type":"erasure","ingestion_timestamp":"2026-12-01T09:00:00.120Z","collector":"playtrail/0.1.0","request_id":"…"}`
 */
export function erasureLine(notice: ErasureNotice, now: number, requestId: string): Uint8Array {
  return writeLines([eventJson({ ...notice })], lineEnding(now, requestId, "erasure")).lines;
}
