import { expect, test } from "vitest";
import { drawCallFate, type FaultMode, isPoison, parseFault, refuseRecord } from "./faults.ts";

test("a fault has a mode, a rate, 1 by default, and perhaps a text to match", () => {
  expect(parseFault({ mode: "throttle", rate: 0.25 })).toEqual({ mode: "throttle", rate: 0.25 });
  expect(parseFault({ mode: "none" })).toEqual({ mode: "none", rate: 1 });
  expect(parseFault({ mode: "refuse_record", match: "7f" })).toEqual({
    mode: "refuse_record",
    rate: 1,
    match: "7f",
  });
});

test.each<[unknown, string]>([
  [null, 'the body must be like {"mode":"none"}'],
  [
    {},
    "mode must be one of none, unavailable, throttle, partial, timeout, accept_then_drop, refuse_record; got undefined",
  ],
  [
    { mode: "slow" },
    'mode must be one of none, unavailable, throttle, partial, timeout, accept_then_drop, refuse_record; got "slow"',
  ],
  [{ mode: "partial", rate: 1.5 }, "rate must be a number from 0 to 1; got 1.5"],
  [{ mode: "partial", rate: "1" }, 'rate must be a number from 0 to 1; got "1"'],
  [{ mode: "refuse_record", match: "" }, 'match must be the text that makes a line poison; got ""'],
  [{ mode: "refuse_record", match: 7 }, "match must be the text that makes a line poison; got 7"],
  [{ mode: "partial", ratio: 1 }, "ratio is unknown: only mode, rate and match can be set"],
])("%j is refused by naming the field", (body, message) => {
  expect(() => parseFault(body)).toThrow(new RangeError(message));
});

test("a call meets its fault for a share of the calls", () => {
  const fates = (mode: FaultMode) =>
    [0.49, 0.5].map((drawn) => drawCallFate({ mode, rate: 0.5 }, () => drawn));
  expect(fates("unavailable")).toEqual(["refuse_unavailable", "answer"]);
  expect(fates("throttle")).toEqual(["refuse_throttled", "answer"]);
  expect(fates("timeout")).toEqual(["hang", "answer"]);
  expect(fates("accept_then_drop")).toEqual(["store_then_drop", "answer"]);
  expect(fates("partial")).toEqual(["answer", "answer"]);
  expect(fates("refuse_record")).toEqual(["answer", "answer"]);
  expect(fates("none")).toEqual(["answer", "answer"]);
});

test("with `partial` a record fails by chance, and would pass the next time", () => {
  const refusals = [0.49, 0.5].map((drawn) =>
    refuseRecord({ mode: "partial", rate: 0.5 }, Buffer.from("a\n"), () => drawn),
  );
  expect(refusals).toEqual([
    { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." },
    undefined,
  ]);
});

test("with `refuse_record` a poison line is refused each time, whatever record it travels in, and no other is", () => {
  const lines = Array.from({ length: 200 }, (_, index) => `{"event_id":${index}}`);
  const poison = lines.filter((line) => isPoison(line, 0.1));
  const [bad] = poison;
  const good = lines.filter((line) => !poison.includes(line));
  const refuse = (...content: string[]) =>
    refuseRecord({ mode: "refuse_record", rate: 0.1 }, Buffer.from(`${content.join("\n")}\n`), Math.random);

  expect(poison.length).toBe(20); // a tenth, and the same twenty on every machine
  expect(refuse(bad ?? "")).toEqual({
    ErrorCode: "InternalFailure",
    ErrorMessage: "The record cannot be processed.",
  });
  expect(refuse(...good, bad ?? "")).toEqual(refuse(bad ?? ""));
  expect(refuse(...good)).toBeUndefined();
});

test("with `match` exactly the records that hold a line with that text are refused, each time", () => {
  const refuse = (content: string) =>
    refuseRecord({ mode: "refuse_record", rate: 1, match: "guilty" }, Buffer.from(content), () => 0);
  const refusal = { ErrorCode: "InternalFailure", ErrorMessage: "The record cannot be processed." };
  expect(["good\n", "good\nguilty\ngood\n", "guilty\n", "good\nfine\n"].map(refuse)).toEqual([
    undefined,
    refusal,
    refusal,
    undefined,
  ]);
});

test("rate 0 refuses nothing, rate 1 everything", () => {
  const record = Buffer.from("a\n");
  for (const mode of ["partial", "refuse_record"] as const) {
    expect(refuseRecord({ mode, rate: 0 }, record, () => 0)).toBeUndefined();
    expect(refuseRecord({ mode, rate: 1 }, record, () => 0.999)).toBeDefined();
  }
});
