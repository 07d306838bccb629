import { expect, it } from "vitest";
import { deploy, propertiesOf } from "./testing/deploy.ts";

const QUEUE = "arn:aws:sqs:us-east-1:999999999999:sf-snowpipe-AIDA-x";

const bucketWith = (parameters: Record<string, string> = {}) =>
  propertiesOf(deploy({ parameters }), "EventsBucket");

const ERRORS_EXPIRE = { Id: "expire-errors", Status: "Enabled", Prefix: "errors/", ExpirationInDays: 90 };
const UPLOADS_END = {
  Id: "abort-uploads",
  Status: "Enabled",
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
};

it("the bucket is private and encrypted, keeps no versions, tells nobody, and forgets", () => {
  expect(bucketWith()).toEqual({
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
    },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    LifecycleConfiguration: {
      Rules: [
        { Id: "expire-events", Status: "Enabled", Prefix: "events/", ExpirationInDays: "30" },
        ERRORS_EXPIRE,
        UPLOADS_END,
      ],
    },
    MetricsConfigurations: [{ Id: "errors", Prefix: "errors/" }],
  });
});

it("events stay as long as the studio says, and may become cheaper before", () => {
  expect(bucketWith({ RetentionDays: "400", ArchiveAfterDays: "60" }).LifecycleConfiguration).toEqual({
    Rules: [
      {
        Id: "expire-events",
        Status: "Enabled",
        Prefix: "events/",
        ExpirationInDays: "400",
        Transitions: [{ StorageClass: "GLACIER_IR", TransitionInDays: "60" }],
      },
      ERRORS_EXPIRE,
      UPLOADS_END,
    ],
  });
});

it("Snowpipe's queue, once it is known, hears of each new object among the events, and of no other", () => {
  expect(bucketWith({ SnowpipeQueueArn: QUEUE }).NotificationConfiguration).toEqual({
    QueueConfigurations: [
      {
        Event: "s3:ObjectCreated:*",
        Queue: QUEUE,
        Filter: { S3Key: { Rules: [{ Name: "prefix", Value: "events/" }] } },
      },
    ],
  });
});

it("what is in the bucket outlives the stack, as private as it was", () => {
  const { resources } = deploy();
  const policies = (id: string) => [resources[id]?.DeletionPolicy, resources[id]?.UpdateReplacePolicy];
  expect(policies("EventsBucket")).toEqual(["RetainExceptOnCreate", "Retain"]);
  expect(policies("EventsBucketPolicy")).toEqual(["RetainExceptOnCreate", "Retain"]);
});
