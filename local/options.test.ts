import { resolve } from "node:path";
import { expect, test } from "vitest";
import { parseOptions } from "./options.ts";

test("everything has a default", () => {
  expect(parseOptions([])).toEqual({
    kind: "run",
    options: { port: 8787, firehosePort: 4573, gamePort: 8788, data: resolve(".local"), players: 5 },
  });
});

test("everything can be set", () => {
  const ports = ["--port", "0", "--firehose-port=65535", "--game-port", "80"];
  expect(parseOptions([...ports, "--data", "/var/playtrail", "--players", "1000"])).toEqual({
    kind: "run",
    options: { port: 0, firehosePort: 65_535, gamePort: 80, data: "/var/playtrail", players: 1_000 },
  });
});

test("help is there when asked for", () => {
  expect(parseOptions(["--help"])).toEqual({ kind: "help" });
});

test.each<[string[], string]>([
  [["--port", "65536"], '--port must be a whole number from 0 to 65535; got "65536"'],
  [["--firehose-port", "auto"], '--firehose-port must be a whole number from 0 to 65535; got "auto"'],
  [["--players", "-1"], expect.stringContaining("--players")],
  [["--players", "1.5"], '--players must be a whole number from 0 to 1000; got "1.5"'],
  [["--prot", "1"], "Unknown option '--prot'"],
  [["8787"], expect.stringContaining("Unexpected argument '8787'")],
])("%j is refused by naming what is wrong", (args, message) => {
  expect(parseOptions(args)).toEqual({ kind: "wrong", message });
});
