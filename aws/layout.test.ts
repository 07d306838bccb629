import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { objectKey, objectName } from "../local/firehose/objects.ts";
import { DEFAULT_SETTINGS } from "../snowflake/sql/settings.ts";
import { deploy, propertiesOf } from "./testing/deploy.ts";
import type { Json } from "./testing/template.ts";

const deployed = deploy();
const { ExtendedS3DestinationConfiguration: destination } = propertiesOf(deployed, "EventsStream") as {
  ExtendedS3DestinationConfiguration: Record<string, Json>;
};

const sql = (file: string) => readFileSync(join(import.meta.dirname, "../snowflake", file), "utf8");

/** What Firehose makes of a prefix: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
function evaluate(prefix: Json | undefined, arrived: Date): string {
  const [date = "", time = ""] = arrived.toISOString().split("T");
  const [yyyy = "", mm = "", dd = ""] = date.split("-");
  return String(prefix)
    .replaceAll("!{firehose:error-output-type}", "processing-failed")
    .replaceAll(/!\{timestamp:([^}]+)\}/g, (_, pattern: string) =>
      pattern.replace("yyyy", yyyy).replace("MM", mm).replace("dd", dd).replace("HH", time.slice(0, 2)),
    );
}

const ARRIVED = new Date("2026-11-21T07:08:09Z");

it("the stream takes direct puts, encrypted, and writes gzip objects by the hour, the full ones sooner", () => {
  expect(propertiesOf(deployed, "EventsStream")).toEqual({
    DeliveryStreamName: "playtrail-events",
    DeliveryStreamType: "DirectPut",
    DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" },
    ExtendedS3DestinationConfiguration: {
      BucketARN: "arn:aws:s3:::playtrail-eventsbucket",
      RoleARN: "arn:aws:iam::123456789012:role/playtrail-firehoserole",
      Prefix: "events/!{timestamp:yyyy/MM/dd/HH}/",
      ErrorOutputPrefix: "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
      FileExtension: ".json.gz",
      CompressionFormat: "GZIP",
      BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 128 },
      CloudWatchLoggingOptions: {
        Enabled: true,
        LogGroupName: "playtrail-deliveryerrors",
        LogStreamName: "s3",
      },
    },
  });
});

it("an object has the name below the events' prefix that the stand-in gives it on a laptop", () => {
  const name = objectName("playtrail-events", ARRIVED, "0f9a4c8e-3b1d-4e6f-8a2b-5c7d9e1f3a4b");
  const key = `${evaluate(destination.Prefix, ARRIVED)}${name}${destination.FileExtension}`;
  expect(key).toBe(`events/${objectKey(name)}`);
});

it("the stage is what the integration may read, the pipe reads all of the stage, and the bucket's events are that", () => {
  const location = /STORAGE_ALLOWED_LOCATIONS = \('([^']*)'\)/g;
  expect([...sql("00_account.sql").matchAll(location)].map(([, url]) => url)).toEqual([
    "&{bucket_url}",
    "&{bucket_url}",
  ]);
  expect(/CREATE OR ALTER STAGE raw\.events_stage\s+URL = '([^']*)'/.exec(sql("10_raw.sql"))?.[1]).toBe(
    "&{bucket_url}",
  );
  expect(sql("10_raw.sql")).toMatch(
    /FROM @raw\.events_stage\)\s+FILE_FORMAT = [^;]*\n {2}ON_ERROR = CONTINUE;/,
  ); // no path, no PATTERN
  expect(deployed.outputs.PlaytrailBucketUrl).toBe("s3://playtrail-eventsbucket/events/");
  expect(evaluate(destination.Prefix, ARRIVED)).toMatch(/^events\//);
  expect(new URL(DEFAULT_SETTINGS.bucket_url).pathname).toBe("/events/");
});

it("what Firehose could not deliver is nowhere that the pipe looks", () => {
  expect(evaluate(destination.ErrorOutputPrefix, ARRIVED)).toBe("errors/processing-failed/2026/11/21/");
});
