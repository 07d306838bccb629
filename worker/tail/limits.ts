/** The bounds of a tail: however much happens in a game, watching it costs so little and no more. */

/** Sockets a game: more people than will ever look at one game at once. */
export const MAX_SOCKETS = 100;

/** What a frame carries at most: a person reads less, and a page draws no more. */
export const MAX_FRAME_ITEMS = 100;
export const MAX_FRAME_BYTES = 64 * 1024;

/** A frame follows the one before after so long at the earliest: four a second look alive, and keep acknowledgements few. */
export const FRAME_EVERY_MS = 250;

/** With many sockets after longer: a game's tails are sent fifty frames a second, however many they are. */
export const FRAME_EVERY_MS_PER_SOCKET = 20;

/** A socket with so many frames unacknowledged is too slow. */
export const WINDOW_FRAMES = 50;

/** Nor is more sent than this ahead of its acknowledgements: what a client does not read waits in the object's 128 MB. */
export const WINDOW_BYTES = 256 * 1024;

/** A client that acknowledges nothing for so long, though it owes it, is gone. */
export const SILENCE_MS = 60_000;

/** A client says `{"ack":7}` or sets a filter: more than this is neither. */
export const MAX_MESSAGE_CHARACTERS = 4_096;

/** Filters that are looked for one by one; where there are more, the tail is offered everything, and looks itself. */
export const MAX_FILTERS = 16;

/** Requests of an isolate gather for so long before their events go to the tail together; for longer where many isolates do. */
export const GATHER_MS = 100;
export const MAX_GATHER_MS = 5_000;

/**
 * So much longer for every call that came to the tail between two frames: with n isolates that is √(n × 250 × 20) ms each where few watch, about
 * 450 calls a second for a thousand of them. One object takes about 1,000.
 */
export const GATHER_MS_PER_CALL = 20;

/** What one such call brings at most, for each filter. */
export const GATHER_ITEMS = 50;
export const GATHER_BYTES = 64 * 1024;
