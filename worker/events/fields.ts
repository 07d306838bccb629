/** An event's fields, before anything is known of them. */
export type Fields = Record<string, unknown>;
