import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { ENVIRONMENTS, VARS } from "./settings.ts";
import { readVars, writeVars } from "./vars-file.ts";

const path = join(import.meta.dirname, "..", "wrangler.toml");
const toml = readFileSync(path, "utf8");

const small = `[vars]
AWS_REGION = "us-east-1"              # where the stream is

[env.production.vars]
FIREHOSE_STREAM = "events"            # the stream's name
AWS_REGION="eu-west-1"

[env.staging.vars]
AWS_REGION = "us-east-1"
`;

it.each(ENVIRONMENTS)("the vars of %s are read as Wrangler reads them", (env) => {
  const { vars } = readConfig({ config: path, env }, { hideWarnings: true });
  expect(readVars(toml, env)).toEqual(new Map(Object.entries(vars)));
  expect([...readVars(toml, env).keys()]).toEqual(expect.arrayContaining([...VARS]));
});

it("a var is changed where it stands, in its own environment; comments and spaces stay", () => {
  const changes = [
    { name: "FIREHOSE_STREAM", from: "events", to: "new-events" },
    { name: "AWS_REGION", from: "eu-west-1", to: "eu-central-1" },
  ];
  expect(writeVars(small, "production", changes)).toBe(`[vars]
AWS_REGION = "us-east-1"              # where the stream is

[env.production.vars]
FIREHOSE_STREAM = "new-events"            # the stream's name
AWS_REGION="eu-central-1"

[env.staging.vars]
AWS_REGION = "us-east-1"
`);
});

it("lines keep the ends that they have", () => {
  const windows = small.replaceAll("\n", "\r\n");
  expect(readVars(windows, "production").get("AWS_REGION")).toBe("eu-west-1");
  const change = { name: "AWS_REGION", from: "eu-west-1", to: "eu-central-1" };
  expect(writeVars(windows, "production", [change])).toBe(windows.replace("eu-west-1", "eu-central-1"));
});

it("a var or an environment that is not there is named, and where to add it", () => {
  const change = { name: "FIREHOSE_STREAM", from: "", to: "events" };
  expect(() => writeVars(small, "staging", [change])).toThrow(
    'wrangler.toml has no line FIREHOSE_STREAM = "…" in [env.staging.vars]: write FIREHOSE_STREAM = "events" there',
  );
  expect(() => readVars("[vars]\n", "staging")).toThrow("wrangler.toml has no [env.staging.vars]");
});

it.each(['a"b', "a\\b", "a\nb"])("a value cannot get out of its quotes: %j", (to) => {
  const change = { name: "FIREHOSE_STREAM", from: "events", to };
  expect(() => writeVars(small, "production", [change])).toThrow(
    "FIREHOSE_STREAM may hold no quotes, \\ or control characters",
  );
});
