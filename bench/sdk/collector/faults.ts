/** What goes wrong, from the moment that a contender starts. */
export type Fault =
  | { kind: "none" }
  /** Answers with `status` for a while, with Retry-After where it is given. */
  | { kind: "refuse"; status: 429 | 503; forMs: number; retryAfterS?: number }
  /** Cuts each connection as soon as a request comes, for a while. */
  | { kind: "drop"; forMs: number }
  /** Takes every so-manieth request, and cuts the connection in place of an answer. */
  | { kind: "lose"; every: number }
  /** Never answers the first so many requests, and takes nothing of them. */
  | { kind: "hang"; first: number };

/** What becomes of one request. */
export type Fate = "accept" | "refuse" | "drop" | "lose" | "hang";

/** Decides about a request: the `nth`, from 1, that came `sinceStartMs` after the start. */
export function fateOf(fault: Fault, nth: number, sinceStartMs: number): Fate {
  switch (fault.kind) {
    case "none":
      return "accept";
    case "refuse":
    case "drop":
      return sinceStartMs < fault.forMs ? fault.kind : "accept";
    case "lose":
      return nth % fault.every === 0 ? "lose" : "accept";
    case "hang":
      return nth <= fault.first ? "hang" : "accept";
  }
}

/** When the outage is over, in milliseconds after the start. */
export function outageMs(fault: Fault): number {
  return fault.kind === "refuse" || fault.kind === "drop" ? fault.forMs : 0;
}
