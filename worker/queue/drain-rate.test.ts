import fc from "fast-check";
import { expect, it } from "vitest";
import { DrainRate } from "./drain-rate.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** A queue that delivers so many bytes each second, for so long. */
const draining = (bytesPerS: number, seconds: number) => {
  const drain = new DrainRate();
  for (let second = 0; second <= seconds; second++) drain.delivered(bytesPerS, second * 1_000);
  return drain;
};

it("tells whoever finds a queue full when a tenth of it will have drained", () => {
  // 102.4 MiB, at 4 MiB/s.
  const seconds = draining(4 * MIB, 600).secondsToRoom(GIB, 600_000);
  expect(seconds).toBeGreaterThanOrEqual(25);
  expect(seconds).toBeLessThanOrEqual(26);
});

it("goes by the last minutes: a queue that drains slower now says so", () => {
  const drain = draining(4 * MIB, 600);
  for (let second = 601; second <= 900; second++) drain.delivered(MIB, second * 1_000);
  const seconds = drain.secondsToRoom(GIB, 900_000);
  expect(seconds).toBeGreaterThanOrEqual(97);
  expect(seconds).toBeLessThanOrEqual(103);
});

it.each([
  ["a minute, where nothing was ever delivered", new DrainRate(), 0, 60],
  ["a minute, where nothing was for an hour and a half", draining(4 * MIB, 600), 6_000_000, 60],
  ["five minutes at most, however slow it is", draining(100, 600), 600_000, 300],
])("says %s", (_, drain, now, seconds) => expect(drain.secondsToRoom(GIB, now)).toBe(seconds));

it("says a second at least, however fast it is", () => {
  expect(draining(MIB, 600).secondsToRoom(MIB, 600_000)).toBe(1);
});

it("says whole seconds that a client can wait, whatever was delivered when", () => {
  const deliveries = fc.array(fc.record({ afterMs: fc.nat(100_000), bytes: fc.nat(64 * MIB) }));
  fc.assert(
    fc.property(
      deliveries,
      fc.nat(10_000_000),
      fc.integer({ min: 1, max: 10 * GIB }),
      (all, later, maxBytes) => {
        const drain = new DrainRate();
        let now = 0;
        for (const { afterMs, bytes } of all) {
          now += afterMs;
          drain.delivered(bytes, now);
        }
        const seconds = drain.secondsToRoom(maxBytes, now + later);
        expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 300).toBe(true);
      },
    ),
  );
});
