import { expect, it } from "vitest";
import { deploy, propertiesOf } from "./testing/deploy.ts";
import type { Json } from "./testing/template.ts";

const SNOWFLAKE = {
  SnowflakeUserArn: "arn:aws:iam::999999999999:user/abc1-b-self1234",
  SnowflakeExternalId: "playtrail-0123456789abcdef",
};
const PIPE = { SnowpipeQueueArn: "arn:aws:sqs:us-east-1:999999999999:sf-snowpipe-AIDA-x" };
const EVERYTHING = { ...SNOWFLAKE, ...PIPE, AlarmEmail: "ops@studio.example", ArchiveAfterDays: "10" };

const BUCKET = "arn:aws:s3:::playtrail-eventsbucket";
const STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/playtrail-events";

const policy = (...statements: object[]) => ({ Version: "2012-10-17", Statement: statements });

it("the collector may put batches of records into its stream, and nothing else", () => {
  expect(propertiesOf(deploy(), "Collector")).toEqual({
    UserName: "playtrail",
    Policies: [
      {
        PolicyName: "put-events",
        PolicyDocument: policy({ Effect: "Allow", Action: "firehose:PutRecordBatch", Resource: STREAM }),
      },
    ],
  });
});

it("Firehose may write events and errors into the bucket, and log what failed, for streams of this account alone", () => {
  expect(propertiesOf(deploy(), "FirehoseRole")).toEqual({
    AssumeRolePolicyDocument: policy({
      Effect: "Allow",
      Principal: { Service: "firehose.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "sts:ExternalId": "123456789012" } },
    }),
    Policies: [
      {
        PolicyName: "deliver",
        PolicyDocument: policy(
          {
            Sid: "Bucket",
            Effect: "Allow",
            Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            Resource: BUCKET,
          },
          {
            Sid: "Objects",
            Effect: "Allow",
            Action: ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"],
            Resource: [`${BUCKET}/events/*`, `${BUCKET}/errors/*`],
          },
          {
            Sid: "Log",
            Effect: "Allow",
            Action: "logs:PutLogEvents",
            Resource: "arn:aws:logs:us-east-1:123456789012:log-group:playtrail-deliveryerrors:log-stream:s3",
          },
        ),
      },
    ],
  });
});

it("Snowflake may read and list events, and nothing else", () => {
  const { RoleName, Policies } = propertiesOf(deploy({ parameters: SNOWFLAKE }), "SnowflakeRole");
  expect({ RoleName, Policies }).toEqual({
    RoleName: "playtrail-snowflake",
    Policies: [
      {
        PolicyName: "read-events",
        PolicyDocument: policy(
          {
            Sid: "Read",
            Effect: "Allow",
            Action: ["s3:GetObject", "s3:GetObjectVersion"],
            Resource: `${BUCKET}/events/*`,
          },
          {
            Sid: "List",
            Effect: "Allow",
            Action: "s3:ListBucket",
            Resource: BUCKET,
            Condition: { StringLike: { "s3:prefix": "events/*" } },
          },
          { Sid: "Locate", Effect: "Allow", Action: "s3:GetBucketLocation", Resource: BUCKET },
        ),
      },
    ],
  });
});

it("until Snowflake's user is known, nobody outside of the account may read", () => {
  expect(propertiesOf(deploy(), "SnowflakeRole").AssumeRolePolicyDocument).toEqual(
    policy({
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::123456789012:root" },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "sts:ExternalId": "arn:aws:cloudformation:us-east-1:123456789012:stack/playtrail/1" },
      },
    }),
  );
});

it("then that user alone may, and only with the external id", () => {
  const deployed = deploy({ parameters: SNOWFLAKE });
  expect(propertiesOf(deployed, "SnowflakeRole").AssumeRolePolicyDocument).toEqual(
    policy({
      Effect: "Allow",
      Principal: { AWS: SNOWFLAKE.SnowflakeUserArn },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "sts:ExternalId": SNOWFLAKE.SnowflakeExternalId } },
    }),
  );
});

it("the bucket is spoken to by TLS, or not at all", () => {
  expect(propertiesOf(deploy(), "EventsBucketPolicy")).toEqual({
    Bucket: "playtrail-eventsbucket",
    PolicyDocument: policy({
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [BUCKET, `${BUCKET}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    }),
  });
});

it("alarms of this account may be published, and nothing else", () => {
  const topic = "arn:aws:sns:us-east-1:123456789012:playtrail-alarmtopic";
  expect(propertiesOf(deploy({ parameters: EVERYTHING }), "AlarmTopicPolicy")).toEqual({
    Topics: [topic],
    PolicyDocument: policy({
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topic,
      Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
    }),
  });
});

it("nothing else in the stack can be given a permission, and nothing in it runs code", () => {
  const { resources } = deploy({ parameters: EVERYTHING });
  expect(Object.entries(resources).map(([id, { Type }]) => `${id}: ${Type}`)).toEqual([
    "EventsBucket: AWS::S3::Bucket",
    "EventsBucketPolicy: AWS::S3::BucketPolicy",
    "DeliveryErrors: AWS::Logs::LogGroup",
    "DeliveryErrorsOfS3: AWS::Logs::LogStream",
    "FirehoseRole: AWS::IAM::Role",
    "EventsStream: AWS::KinesisFirehose::DeliveryStream",
    "Collector: AWS::IAM::User",
    "SnowflakeRole: AWS::IAM::Role",
    "AlarmTopic: AWS::SNS::Topic",
    "AlarmTopicPolicy: AWS::SNS::TopicPolicy",
    "DeliveryErrorCount: AWS::Logs::MetricFilter",
    "DataFreshnessAlarm: AWS::CloudWatch::Alarm",
    "DeliverySuccessAlarm: AWS::CloudWatch::Alarm",
    "DeliveryErrorsAlarm: AWS::CloudWatch::Alarm",
    "ErrorObjectsAlarm: AWS::CloudWatch::Alarm",
    "ThrottledRecordsAlarm: AWS::CloudWatch::Alarm",
  ]);
});

it.each([
  ["at first", {}],
  ["with everything", EVERYTHING],
])("what is allowed has names: no action, resource or principal for all, %s", (_, parameters) => {
  const allowed = Object.values(deploy({ parameters }).resources)
    .flatMap(({ Properties }) => statementsIn(Properties))
    .filter(({ Effect }) => Effect === "Allow");
  expect(allowed.length).toBeGreaterThanOrEqual(9);
  for (const { Action = [], Resource = [], Principal = {} } of allowed) {
    expect(JSON.stringify([Action, Principal])).not.toContain("*");
    // A star stands only for the objects under a prefix of the bucket.
    expect(
      [Resource].flat().filter((arn) =>
        String(arn)
          .replace(/\/(events|errors)\/\*$/, "")
          .includes("*"),
      ),
    ).toEqual([]);
  }
});

type Statement = { [key: string]: Json };

function statementsIn(value: Json | undefined): Statement[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  return "Effect" in value ? [value] : Object.values(value).flatMap(statementsIn);
}
