/** What is remembered of a device between runs. Shared by the tabs of a browser. */
export interface Device {
  /** The player: as identified last, or a random id. */
  user: string;
  /** The session that went on last; `null` where it was ended. */
  session: SessionState | null;
  /** How many sessions there were. */
  sessions: number;
}

/** A session as it is remembered. Times are of the device's wall clock, in milliseconds since the epoch. */
export interface SessionState {
  id: string;
  user: string;
  startedAt: number;
  /** Its last event, or when it was last seen in front. */
  lastAt: number;
}

/** @example {"user":"player-7","session":{"id":"0f8f…","user":"player-7","startedAt":1795219200000,"lastAt":1795219260000},"sessions":12} */
export function encodeDevice(device: Device): string {
  return JSON.stringify(device);
}

/** Reads what `encodeDevice` wrote; `null` where the text is not that. */
export function decodeDevice(text: string | null): Device | null {
  try {
    const device = JSON.parse(text ?? "null");
    return typeof device?.user === "string" && device.sessions >= 0 ? device : null;
  } catch {
    return null;
  }
}
