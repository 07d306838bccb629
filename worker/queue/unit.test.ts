import { describe, expect, it } from "vitest";
import { linesOf, recordsOf, type Unit } from "./unit.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (chunks: Uint8Array[]) => chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");

const unit = (...texts: string[]): Unit => {
  const rows = texts.map((text, seq) => {
    const [lines, events] = [encode(text), text.split("\n").length - 1];
    return {
      seq,
      at: 0,
      kind: "event" as const,
      ids: new Uint8Array(),
      lines,
      events,
      bytes: text.length,
      history: null,
      group: "event 1",
    };
  });
  return { kind: "event", rows, held: null, events: 3, bytes: 6 };
};

describe("the records of a unit", () => {
  it("are one, byte for byte, where lines are packed", () => {
    expect(recordsOf(unit("a\nb\n", "c\n"), "lines").map(decode)).toEqual(["a\nb\nc\n"]);
  });

  it("are a line each where events are", () => {
    expect(recordsOf(unit("a\nb\n", "c\n"), "event").map(decode)).toEqual(["a\n", "b\n", "c\n"]);
  });
});

it.each([
  ["", []],
  ["a\n", ["a\n"]],
  ["a\n\nb\n", ["a\n", "\n", "b\n"]],
  ["a\nbc", ["a\n", "bc"]],
])("%j are the lines %j, each with its newline", (text, lines) => {
  expect(linesOf(encode(text)).map((line) => decode([line]))).toEqual(lines);
});
