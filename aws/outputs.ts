import { Aws, CfnCondition, CfnOutput, Fn, type Stack } from "aws-cdk-lib";
import type { CfnRole, CfnUser } from "aws-cdk-lib/aws-iam";
import type { CfnBucket } from "aws-cdk-lib/aws-s3";
import type { Delivery } from "./delivery-stream.ts";
import { EVENTS_PREFIX } from "./layout.ts";

/** Direct PUT has 5 MiB/s here and 1 MiB/s elsewhere: https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const REGIONS_OF_5_MIB_PER_S = ["us-east-1", "us-west-2", "eu-west-1"];

interface Parts {
  bucket: CfnBucket;
  delivery: Delivery;
  collector: CfnUser;
  snowflakeRole: CfnRole;
}

/** What other systems want to know, each named as they name it. */
export function addOutputs(stack: Stack, { bucket, delivery, collector, snowflakeRole }: Parts): void {
  const hasLargeQuota = new CfnCondition(stack, "HasLargeQuota", {
    expression: Fn.conditionOr(
      ...REGIONS_OF_5_MIB_PER_S.map((region) => Fn.conditionEquals(Aws.REGION, region)),
    ),
  });
  const outputs = {
    FirehoseStream: ["FIREHOSE_STREAM in wrangler.toml", delivery.stream.ref],
    AwsRegion: ["AWS_REGION in wrangler.toml", Aws.REGION],
    FirehoseMibPerS: [
      "FIREHOSE_MIB_PER_S in wrangler.toml, unless AWS has raised your quota",
      Fn.conditionIf(hasLargeQuota.logicalId, "5", "1").toString(),
    ],
    CollectorUser: [
      "aws iam create-access-key --user-name, for AWS_ACCESS_KEY_ID and its secret",
      collector.ref,
    ],
    PlaytrailBucketUrl: [
      "PLAYTRAIL_BUCKET_URL of the warehouse's deployer",
      `s3://${bucket.ref}/${EVENTS_PREFIX}`,
    ],
    PlaytrailAwsRoleArn: ["PLAYTRAIL_AWS_ROLE_ARN of the warehouse's deployer", snowflakeRole.attrArn],
  } as const;
  for (const [name, [description, value]] of Object.entries(outputs)) {
    new CfnOutput(stack, name, { description, value });
  }
}
