import type { KnownRate } from "../../queue/registry.ts";
import type { QueueStats } from "../../queue/stats.ts";
import type { Today } from "../history/day.ts";

/** What the queues of a game say, all together. */
export interface Observation {
  game: string;
  /** How many queues were asked, and how many of them did not answer. */
  asked: number;
  silent: number;
  /** null where one did not answer, or none is known any more: a sum that leaves it out would look like a loss. */
  stats: QueueStats | null;
  /** null where the live state is not known. */
  today: Today | null;
}

/** What concerns no game: the collector's own queue, and the exchange rates; null where they are not fetched or could not be read. */
export interface CollectorObservation extends Observation {
  rates: Pick<KnownRate, "valid_from">[] | null;
}
