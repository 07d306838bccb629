import { expect, it } from "vitest";
import { DEFAULT_SETTINGS, withSettings } from "../snowflake/sql/settings.ts";
import { deploy } from "./testing/deploy.ts";

const USER = "arn:aws:iam::999999999999:user/abc1-b-self1234";
const PAIR = "SnowflakeUserArn and SnowflakeExternalId go together: give both, or neither";

it("nothing must be said at first", () => {
  expect(() => deploy()).not.toThrow();
});

it.each<[string, Record<string, string>, string]>([
  ["Snowflake's user without the external id", { SnowflakeUserArn: USER }, PAIR],
  ["an external id without a user", { SnowflakeExternalId: "playtrail-1" }, PAIR],
  [
    "everybody in the place of Snowflake's user",
    { SnowflakeUserArn: "*", SnowflakeExternalId: "playtrail-1" },
    "SnowflakeUserArn must be the ARN of an IAM user, such as arn:aws:iam::123456789012:user/abc1-b-self1234, or empty",
  ],
  [
    "a whole account in the place of Snowflake's user",
    { SnowflakeUserArn: "arn:aws:iam::999999999999:root", SnowflakeExternalId: "playtrail-1" },
    "SnowflakeUserArn must be the ARN of an IAM user, such as arn:aws:iam::123456789012:user/abc1-b-self1234, or empty",
  ],
  [
    "the URL of a queue",
    { SnowpipeQueueArn: "https://sqs.us-east-1.amazonaws.com/999999999999/sf-snowpipe-x" },
    "SnowpipeQueueArn must be the ARN of an SQS queue, such as arn:aws:sqs:us-east-1:123456789012:sf-snowpipe-AIDA-x, or empty",
  ],
  ["no address", { AlarmEmail: "ops" }, "AlarmEmail must be an e-mail address, or empty"],
  [
    "events that are gone before a pipe could find them again",
    { RetentionDays: "6" },
    "RetentionDays must be from 7 to 3650",
  ],
  ["an archive in the past", { ArchiveAfterDays: "-1" }, "ArchiveAfterDays must be from 0 to 3650"],
])("%s is refused before anything is changed", (_, parameters, message) => {
  expect(() => deploy({ parameters })).toThrow(new RangeError(message));
});

it.each([["playtrail-0123456789abcdef"], ["a"], ["with space"], ["arn:aws:x/y=,.@+"]])(
  "the warehouse's deployer and the stack agree on whether %j can be an external id",
  (id) => {
    const isTaken = (take: () => unknown) => {
      try {
        take();
        return true;
      } catch {
        return false;
      }
    };
    const byStack = isTaken(() =>
      deploy({ parameters: { SnowflakeUserArn: USER, SnowflakeExternalId: id } }),
    );
    const byDeployer = isTaken(() =>
      withSettings("&{aws_external_id}", { ...DEFAULT_SETTINGS, aws_external_id: id }),
    );
    expect(byStack).toBe(byDeployer);
  },
);
