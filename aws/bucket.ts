import { Aws, CfnDeletionPolicy, Fn, type Stack } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, StarPrincipal } from "aws-cdk-lib/aws-iam";
import { CfnBucket, CfnBucketPolicy } from "aws-cdk-lib/aws-s3";
import { ERRORS_PREFIX, EVENTS_PREFIX } from "./layout.ts";
import type { Parameters } from "./parameters.ts";

/** As long as the warehouse keeps rejected events: like those, they may hold a player's data where no erasure finds it. */
const ERRORS_RETENTION_DAYS = 90;

/** Firehose is done with an upload within minutes; parts of one that never ended are billed, and shown by no listing. */
const ABANDONED_UPLOAD_DAYS = 7;

/** What request metrics of the error prefix go by. */
export const ERRORS_METRICS_ID = "errors";

/**
 * The bucket that Firehose writes to and Snowflake reads. It has no versions: what a lifecycle or a person deletes shall be gone. It
 * outlives its stack, with the policy that keeps it private.
 */
export function addBucket(stack: Stack, parameters: Parameters): CfnBucket {
  const bucket = new CfnBucket(stack, "EventsBucket", {
    // S3's own keys: free, and Snowflake needs no permission on a key.
    bucketEncryption: {
      serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    },
    publicAccessBlockConfiguration: {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    ownershipControls: { rules: [{ objectOwnership: "BucketOwnerEnforced" }] },
    lifecycleConfiguration: { rules: lifecycleRules(parameters) },
    metricsConfigurations: [{ id: ERRORS_METRICS_ID, prefix: ERRORS_PREFIX }],
    notificationConfiguration: notificationOf(parameters),
  });
  bucket.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
  bucket.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  addTlsOnlyPolicy(stack, bucket);
  return bucket;
}

function lifecycleRules({ retentionDays, archiveAfterDays, archives }: Parameters): CfnBucket.RuleProperty[] {
  const toArchive = [{ StorageClass: "GLACIER_IR", TransitionInDays: archiveAfterDays.value }];
  return [
    {
      id: "expire-events",
      status: "Enabled",
      prefix: EVENTS_PREFIX,
      expirationInDays: retentionDays.valueAsNumber,
      transitions: Fn.conditionIf(archives.logicalId, toArchive, Aws.NO_VALUE),
    },
    {
      id: "expire-errors",
      status: "Enabled",
      prefix: ERRORS_PREFIX,
      expirationInDays: ERRORS_RETENTION_DAYS,
    },
    {
      id: "abort-uploads",
      status: "Enabled",
      abortIncompleteMultipartUpload: { daysAfterInitiation: ABANDONED_UPLOAD_DAYS },
    },
  ];
}

/** Straight to Snowpipe's queue. The CDK's own way, `addEventNotification`, would bring a Lambda function with it. */
function notificationOf({ tellsSnowpipe, snowpipeQueueArn }: Parameters) {
  const toSnowpipe = {
    QueueConfigurations: [
      {
        Event: "s3:ObjectCreated:*",
        Queue: snowpipeQueueArn.valueAsString,
        Filter: { S3Key: { Rules: [{ Name: "prefix", Value: EVENTS_PREFIX }] } },
      },
    ],
  };
  return Fn.conditionIf(tellsSnowpipe.logicalId, toSnowpipe, Aws.NO_VALUE);
}

function addTlsOnlyPolicy(stack: Stack, bucket: CfnBucket): void {
  const policy = new CfnBucketPolicy(stack, "EventsBucketPolicy", {
    bucket: bucket.ref,
    policyDocument: new PolicyDocument({
      statements: [
        new PolicyStatement({
          sid: "TlsOnly",
          effect: Effect.DENY,
          principals: [new StarPrincipal()],
          actions: ["s3:*"],
          resources: [bucket.attrArn, `${bucket.attrArn}/*`],
          conditions: { Bool: { "aws:SecureTransport": "false" } },
        }),
      ],
    }),
  });
  policy.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
  policy.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
}
