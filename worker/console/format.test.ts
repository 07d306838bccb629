import { expect, it } from "vitest";
import { amount, bytes, clock, dateTime, duration, number, percent, plural, usd } from "./format.ts";

it("numbers are grouped, and rates below ten have a tenth", () => {
  expect([0, 0.25, 9.96, 12.3, 1_234_567].map(number)).toEqual(["0", "0.3", "10", "12", "1,234,567"]);
});

it("bytes have the unit that keeps them short", () => {
  expect([0, 1023, 1536, 1024 ** 2 * 250, 1024 ** 3].map(bytes)).toEqual([
    "0 B",
    "1,023 B",
    "1.5 KiB",
    "250 MiB",
    "1 GiB",
  ]);
});

it("durations have the two units that matter", () => {
  expect([0, 820, 4_230, 59_999, 200_000, 7_200_000, 7_500_000, 273_600_000].map(duration)).toEqual([
    "0 ms",
    "820 ms",
    "4.2 s",
    "59 s",
    "3 min 20 s",
    "2 h",
    "2 h 5 min",
    "3 d 4 h",
  ]);
});

it("a cost says something even where it is less than a cent", () => {
  expect([0, 0.0815, 2.5, 0.00123].map(usd)).toEqual(["$0.00", "$0.08", "$2.50", "$0.0012"]);
});

it("a share is never nothing where there is something", () => {
  expect([0, 0.0004, 0.0123, 0.5, 1].map(percent)).toEqual(["0 %", "< 0.1 %", "1.2 %", "50 %", "100 %"]);
});

it("money keeps every digit", () => {
  expect(["12.4700", "3000", "123456789012345.1234", "0.5"].map(amount)).toEqual([
    "12.4700",
    "3,000",
    "123,456,789,012,345.1234",
    "0.5",
  ]);
});

it("times are UTC", () => {
  const at = "2026-11-21T12:34:56.789Z";
  expect([clock(at), dateTime(at)]).toEqual(["12:34:56", "2026-11-21 12:34:56"]);
});

it("one is not many", () => {
  expect([plural(1, "event"), plural(2, "event"), plural(0, "key")]).toEqual([
    "1 event",
    "2 events",
    "0 keys",
  ]);
});
