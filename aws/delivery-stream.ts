import { Aws, CfnDeletionPolicy, type Stack } from "aws-cdk-lib";
import { CfnRole, PolicyDocument, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnDeliveryStream } from "aws-cdk-lib/aws-kinesisfirehose";
import { CfnLogGroup, CfnLogStream } from "aws-cdk-lib/aws-logs";
import type { CfnBucket } from "aws-cdk-lib/aws-s3";
import { ERRORS_KEY, ERRORS_PREFIX, EVENTS_KEY, EVENTS_PREFIX, OBJECT_SUFFIX } from "./layout.ts";

/**
 * An object is written after this long or with this much, whichever comes first. The warehouse loads at most every ten minutes and
 * Snowpipe likes few, large files: https://docs.snowflake.com/en/user-guide/data-load-considerations-prepare
 */
const BUFFER_SECONDS = 300;
const BUFFER_MIB = 128;

const LOG_RETENTION_DAYS = 90;

/** The stream, and the log of what it could not deliver. */
export interface Delivery {
  stream: CfnDeliveryStream;
  errors: CfnLogGroup;
}

/** Direct PUT → gzip objects by the hour. Encrypted with a key of AWS's own, for which nobody needs a permission. */
export function addDeliveryStream(stack: Stack, bucket: CfnBucket): Delivery {
  const name = `${Aws.STACK_NAME}-events`;
  const errors = new CfnLogGroup(stack, "DeliveryErrors", { retentionInDays: LOG_RETENTION_DAYS });
  errors.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  errors.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
  const errorsOfS3 = new CfnLogStream(stack, "DeliveryErrorsOfS3", {
    logGroupName: errors.ref,
    logStreamName: "s3",
  });
  const role = addFirehoseRole(stack, bucket, errors);

  const stream = new CfnDeliveryStream(stack, "EventsStream", {
    deliveryStreamName: name,
    deliveryStreamType: "DirectPut",
    deliveryStreamEncryptionConfigurationInput: { keyType: "AWS_OWNED_CMK" },
    extendedS3DestinationConfiguration: {
      bucketArn: bucket.attrArn,
      roleArn: role.attrArn,
      prefix: EVENTS_KEY,
      errorOutputPrefix: ERRORS_KEY,
      fileExtension: OBJECT_SUFFIX,
      compressionFormat: "GZIP",
      bufferingHints: { intervalInSeconds: BUFFER_SECONDS, sizeInMBs: BUFFER_MIB },
      cloudWatchLoggingOptions: { enabled: true, logGroupName: errors.ref, logStreamName: errorsOfS3.ref },
    },
  });
  return { stream, errors };
}

/**
 * What Firehose may do: the actions that it asks for with an S3 destination, and objects under its two prefixes.
 * https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
 */
function addFirehoseRole(stack: Stack, bucket: CfnBucket, errors: CfnLogGroup): CfnRole {
  const logStreamArn = `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${errors.ref}:log-stream:s3`;
  return new CfnRole(stack, "FirehoseRole", {
    assumeRolePolicyDocument: new PolicyDocument({
      statements: [
        new PolicyStatement({
          principals: [new ServicePrincipal("firehose.amazonaws.com")],
          actions: ["sts:AssumeRole"],
          // Else Firehose could be made to use it for a stream of another account. It names the account that a stream is of as external id:
          // https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#firehose-assume-role
          conditions: { StringEquals: { "sts:ExternalId": Aws.ACCOUNT_ID } },
        }),
      ],
    }),
    policies: [
      {
        policyName: "deliver",
        policyDocument: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: "Bucket",
              actions: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
              resources: [bucket.attrArn],
            }),
            new PolicyStatement({
              sid: "Objects",
              actions: ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"],
              resources: [EVENTS_PREFIX, ERRORS_PREFIX].map((prefix) => `${bucket.attrArn}/${prefix}*`),
            }),
            new PolicyStatement({ sid: "Log", actions: ["logs:PutLogEvents"], resources: [logStreamArn] }),
          ],
        }),
      },
    ],
  });
}
