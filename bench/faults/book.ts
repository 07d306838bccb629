/** What the senders of a drill know of each event, by its id: the collector owes them every one that it acknowledged. */
export type Book = Map<string, Standing>;

/** `acknowledged`: answered with 202, and taken or known already. `waiting`: without a verdict so far. */
export type Standing = "waiting" | "acknowledged" | "rejected";
