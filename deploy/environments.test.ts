import { join } from "node:path";
import { expect, it } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";

const config = join(import.meta.dirname, "..", "wrangler.toml");
const laptop = readConfig({ config }, { hideWarnings: true });
const staging = readConfig({ config, env: "staging" }, { hideWarnings: true });
const production = readConfig({ config, env: "production" }, { hideWarnings: true });

/** Secrets in an environment. On a laptop `wrangler dev` takes them from .dev.vars only where the file names them. */
const SECRETS_ON_A_LAPTOP = ["ALERT_WEBHOOK_URL", "ALERT_WEBHOOK_SECRET"];

const counters: (config: typeof laptop) => { name: string; namespace_id: string; simple: object }[] = ({
  ratelimits,
}) => ratelimits;

const limits = (config: typeof laptop) => counters(config).map(({ name, simple }) => ({ name, simple }));

it("every setting stands in all three lists, so that none is lost on its way to production", () => {
  const settings = Object.keys(laptop.vars).filter((name) => !SECRETS_ON_A_LAPTOP.includes(name));
  expect(Object.keys(staging.vars)).toEqual(settings);
  expect(Object.keys(production.vars)).toEqual(settings);
});

it("staging is what production is: only its stream may differ, and how fast it may be filled", () => {
  const own = ["FIREHOSE_STREAM", "AWS_REGION", "FIREHOSE_MIB_PER_S"];
  const common = ({ vars }: typeof laptop) => Object.entries(vars).filter(([name]) => !own.includes(name));
  expect(common(staging)).toEqual(common(production));
  for (const part of ["durable_objects", "exports", "triggers", "secrets", "limits", "assets"] as const)
    expect(staging[part]).toEqual(production[part]);
  expect(limits(staging)).toEqual(limits(production));
});

it("staging shares nothing with production: no name, no stream, no counter", () => {
  const own = (config: typeof laptop) => [
    config.name,
    config.vars.FIREHOSE_STREAM,
    ...counters(config).map(({ namespace_id }) => namespace_id),
  ];
  const shared = new Set(own(production));
  expect(own(staging).filter((value) => shared.has(value))).toEqual([]);
});

it("the laptop has what production has", () => {
  expect(production.durable_objects).toEqual(laptop.durable_objects);
  expect(production.secrets).toEqual(laptop.secrets);
  expect(limits(production)).toEqual(limits(laptop));
});
