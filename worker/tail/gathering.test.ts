import { describe, expect, it, vi } from "vitest";
import type { EventFilter } from "../events/filter.ts";
import { keyOf } from "../events/filter.ts";
import { lineEnding } from "../events/line.ts";
import { summaryOf } from "../live/summary.ts";
import { parcelOf } from "../queue/parcel.ts";
import { NO_COUNTS } from "../testing/queue.ts";
import { Gathering } from "./gathering.ts";
import type { Sighting } from "./items.ts";
import { GATHER_ITEMS } from "./limits.ts";

const RECEIVED_AT = Date.UTC(2026, 10, 21, 12);

interface Sent {
  user?: string;
  type?: string;
  name?: string;
}

/** What a queue took of a request, while these filters were asked for. */
function sighting(filters: EventFilter[], sent: Sent[], more: Partial<Sighting> = {}): Sighting {
  const events = sent.map(({ user = "someone", type = "custom", name = "" }) => {
    const event = { event_type: type, user_id: user, name };
    return {
      event,
      warnings: [],
      eventId: crypto.randomUUID(),
      userId: user,
      json: JSON.stringify(event),
    };
  });
  const parcel = parcelOf(events, lineEnding(RECEIVED_AT, "r"), NO_COUNTS);
  return {
    game: "awesome_game",
    requestId: "r",
    receivedAt: RECEIVED_AT,
    parcel: { ...parcel, summary: summaryOf(events, parcel.users, []) },
    duplicates: [],
    watched: { filters, hidden: [], hiddenRejections: [] },
    warningsOf: () => [],
    ...more,
  };
}

const gathered = (...sightings: Sighting[]) => {
  const gathering = new Gathering();
  for (const each of sightings) gathering.add(each);
  const { items, skipped } = gathering.showing();
  const names = items.map(({ json }) => JSON.parse(json).event.name);
  return { names, skipped: (filter: EventFilter) => skipped.get(keyOf(filter)), isEmpty: gathering.isEmpty };
};

const crowd = (size: number): Sent[] => Array.from({ length: size }, () => ({ name: "crowd" }));

describe("what requests bring to a tail", () => {
  it("is what somebody asks for", () => {
    const sent = [
      { name: "a", user: "ada" },
      { name: "b", type: "install" },
      { name: "c", user: "ada", type: "install" },
      { name: "d" },
    ];
    expect(gathered(sighting([{}], sent)).names).toEqual(["a", "b", "c", "d"]);
    expect(gathered(sighting([{ user: "ada" }], sent)).names).toEqual(["a", "c"]);
    expect(gathered(sighting([{ type: "install" }], sent)).names).toEqual(["b", "c"]);
    expect(gathered(sighting([{ user: "ada", type: "install" }], sent)).names).toEqual(["c"]);
    expect(gathered(sighting([{ status: "duplicate" }], sent, { duplicates: [1, 3] })).names).toEqual([
      "b",
      "d",
    ]);
  });

  it("reads no event that it does not bring: of another type, or more than there is room for", () => {
    const sent = [...crowd(400), ...Array.from({ length: GATHER_ITEMS + 9 }, () => ({ type: "install" }))];
    const decode = vi.spyOn(TextDecoder.prototype, "decode");
    const filter = { type: "install" };
    const { names, skipped } = gathered(sighting([filter], sent));
    expect([names.length, skipped(filter), decode.mock.calls.length]).toEqual([
      GATHER_ITEMS,
      9,
      GATHER_ITEMS,
    ]);
    decode.mockRestore();
  });

  it("is nothing where nobody asks for any of it", () => {
    const nothing = gathered(sighting([{ user: "ada" }], crowd(3)));
    expect([nothing.names, nothing.skipped({ user: "ada" }), nothing.isEmpty]).toEqual([[], 0, true]);
  });

  it("is bounded over all requests, and counts the rest", () => {
    const { names, skipped } = gathered(
      sighting([{}], crowd(GATHER_ITEMS)),
      sighting([{}], crowd(GATHER_ITEMS)),
    );
    expect([names.length, skipped({})]).toEqual([GATHER_ITEMS, GATHER_ITEMS]);
  });

  it("counts no event of an erased player, however full it is", () => {
    const full = sighting([{}], crowd(GATHER_ITEMS));
    const watched = { filters: [{}], hidden: [1, 2], hiddenRejections: [] };
    const { skipped } = gathered(full, sighting([{}], crowd(5), { watched }));
    expect(skipped({})).toBe(3);
  });

  it("leaves each filter its share, whatever the others ask for", () => {
    const filters = [{}, { user: "ada" }, { type: "install" }];
    const sent = [...crowd(400), { name: "hers", user: "ada" }, { name: "bought", type: "install" }];
    const { names, skipped } = gathered(sighting(filters, sent));
    expect(names.slice(-2)).toEqual(["hers", "bought"]);
    expect(filters.map(skipped)).toEqual([400 - GATHER_ITEMS, 0, 0]);
  });

  it("counts as skipped what could not be brought before", () => {
    const failed = new Gathering();
    failed.add(sighting([{}, { user: "ada" }], [...crowd(GATHER_ITEMS + 2), { user: "ada" }]));
    const next = new Gathering(failed.missed());
    expect(next.isEmpty).toBe(false);
    next.add(sighting([{}], crowd(1)));
    expect(next.showing().skipped).toEqual(
      new Map([
        [keyOf({}), GATHER_ITEMS + 3],
        [keyOf({ user: "ada" }), 1],
      ]),
    );
  });

  it("counts rejected events that nothing was written about where they may be asked for", () => {
    const filters: EventFilter[] = [{}, { status: "rejected" }, { status: "accepted" }, { user: "ada" }];
    const { parcel } = sighting(filters, []);
    const { skipped } = gathered(sighting(filters, [], { parcel: { ...parcel, rejected: 7 } }));
    expect(filters.map(skipped)).toEqual([7, 7, 0, 0]);
  });
});
