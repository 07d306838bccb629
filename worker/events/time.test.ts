import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockCorrection, isoTime, place } from "./time.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const DAY_MS = 86_400_000;

describe("a client's clock", () => {
  it.each([
    ["within a minute is left alone", NOW - 59_000, 0],
    ["ahead within a minute is left alone", NOW + 59_000, 0],
    ["two hours slow is corrected", NOW - 2 * 3_600_000 - 1_234, 2 * 3_600_000],
    ["a day fast is corrected", NOW + DAY_MS + 20_000, -DAY_MS],
  ])("%s", (_, sentAt, correction) => {
    expect(clockCorrection(NOW, isoTime(sentAt), undefined)).toBe(correction);
  });

  it("is believed where the client has measured the offset itself", () => {
    expect(clockCorrection(NOW, isoTime(NOW - DAY_MS), 90_000)).toBe(120_000);
  });

  it("is never corrected without a sign that it is wrong", () => {
    expect(clockCorrection(NOW, undefined, undefined)).toBe(0);
  });

  it("is corrected by whole minutes, to within half a minute", () => {
    fc.assert(
      fc.property(fc.integer({ min: -10 * DAY_MS, max: 10 * DAY_MS }), (offset) => {
        const correction = clockCorrection(NOW, undefined, offset);
        expect(Math.abs(correction % 60_000)).toBe(0);
        expect(Math.abs(offset - correction)).toBeLessThanOrEqual(
          Math.abs(offset) > 60_000 ? 30_000 : 60_000,
        );
      }),
    );
  });
});

describe("an event's time", () => {
  it("is kept to the letter where nothing is wrong with it", () => {
    const timestamp = "2026-11-21T11:59:00.123Z";
    expect(place(timestamp, 0, NOW)).toEqual({ kind: "placed", timestamp });
  });

  it("is told in UTC", () => {
    const placed = { kind: "placed", timestamp: "2026-11-21T11:30:00.000Z" };
    expect(place("2026-11-21T13:30:00+02:00", 0, NOW)).toEqual(placed);
  });

  it("is corrected by the clock's offset", () => {
    const placed = { kind: "placed", timestamp: "2026-11-21T11:00:00.000Z" };
    expect(place("2026-11-21T09:00:00.000Z", 2 * 3_600_000, NOW)).toEqual(placed);
  });

  it("more than 30 days ago is too old", () => {
    expect(place(isoTime(NOW - 30 * DAY_MS - 1), 0, NOW)).toEqual({ kind: "too_old" });
    expect(place(isoTime(NOW - 30 * DAY_MS), 0, NOW).kind).toBe("placed");
  });

  it("in the future becomes the time received", () => {
    expect(place(isoTime(NOW + 60_001), 0, NOW)).toEqual({ kind: "future", timestamp: isoTime(NOW) });
  });

  it("keeps the order in which one device saw its events", () => {
    const offset = fc.integer({ min: -20 * DAY_MS, max: 20 * DAY_MS });
    const ages = fc.array(fc.integer({ min: 0, max: 3_600_000 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(offset, ages, (clockIsOff, unsorted) => {
        const correction = clockCorrection(NOW, isoTime(NOW - clockIsOff), undefined);
        const seen = unsorted.toSorted((a, b) => b - a).map((age) => isoTime(NOW - age - clockIsOff));
        const placed = seen.map((timestamp) => place(timestamp, correction, NOW));
        const times = placed.map((place) => (place.kind === "too_old" ? "" : place.timestamp));
        expect(times).toEqual(times.toSorted());
      }),
    );
  });
});
