import { join } from "node:path";
import { expect, it } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { USAGE } from "../snowflake/deploy/options.ts";
import { DEFAULT_SETTINGS, withSettings } from "../snowflake/sql/settings.ts";
import { STACKS } from "./stacks.ts";
import { deploy } from "./testing/deploy.ts";
import { template } from "./testing/template.ts";

const config = join(import.meta.dirname, "..", "wrangler.toml");

it("the outputs are what the Worker and the warehouse's deployer are told, under their own names", () => {
  expect(deploy().outputs).toEqual({
    FirehoseStream: "playtrail-events",
    AwsRegion: "us-east-1",
    FirehoseMibPerS: "5",
    CollectorUser: "playtrail",
    PlaytrailBucketUrl: "s3://playtrail-eventsbucket/events/",
    PlaytrailAwsRoleArn: "arn:aws:iam::123456789012:role/playtrail-snowflake",
  });
  for (const [name, { Description }] of Object.entries(template.Outputs)) {
    const setting = name.replaceAll(/(?!^)([A-Z])/g, "_$1").toUpperCase();
    if (setting !== "COLLECTOR_USER") expect(Description).toContain(setting);
  }
});

it.each(Object.entries(STACKS))("wrangler.toml says of %s what its stack, %s, is", (env, stack) => {
  const { vars } = readConfig({ config, env }, { hideWarnings: true });
  const { FIREHOSE_STREAM, AWS_REGION, FIREHOSE_MIB_PER_S } = vars;
  const { FirehoseStream, AwsRegion, FirehoseMibPerS } = deploy({ stack, region: AWS_REGION }).outputs;
  expect([FIREHOSE_STREAM, AWS_REGION, FIREHOSE_MIB_PER_S]).toEqual([
    FirehoseStream,
    AwsRegion,
    FirehoseMibPerS,
  ]);
});

it("a region with the small quota says so", () => {
  expect(deploy({ region: "eu-central-1" }).outputs.FirehoseMibPerS).toBe("1");
});

it("the warehouse's deployer takes them as they are", () => {
  const { PlaytrailBucketUrl = "", PlaytrailAwsRoleArn = "" } = deploy().outputs;
  expect(USAGE).toMatch(/PLAYTRAIL_BUCKET_URL[\s\S]*PLAYTRAIL_AWS_ROLE_ARN/);
  const settings = { ...DEFAULT_SETTINGS, bucket_url: PlaytrailBucketUrl, aws_role_arn: PlaytrailAwsRoleArn };
  expect(withSettings("&{bucket_url} &{aws_role_arn}", settings)).toBe(
    `${PlaytrailBucketUrl} ${PlaytrailAwsRoleArn}`,
  );
});

it("two stacks in one account share no name", () => {
  const namesOf = (stack: string) =>
    Object.values(deploy({ stack }).outputs).filter((value) => value.includes("playtrail"));
  const production = namesOf(STACKS.production);
  expect(namesOf(STACKS.staging).filter((name) => production.includes(name))).toEqual([]);
});
