import { Aws, Fn, type Stack } from "aws-cdk-lib";
import { ArnPrincipal, CfnRole, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { CfnBucket } from "aws-cdk-lib/aws-s3";
import { EVENTS_PREFIX } from "./layout.ts";
import type { Parameters } from "./parameters.ts";

/**
 * The role that Snowflake's storage integration assumes. The integration wants its ARN before Snowflake's user is known, so that it is
 * there from the first deployment on; until then it trusts its own account alone, with an external id that nobody needs.
 */
export function addSnowflakeRole(stack: Stack, bucket: CfnBucket, parameters: Parameters): CfnRole {
  return new CfnRole(stack, "SnowflakeRole", {
    roleName: `${Aws.STACK_NAME}-snowflake`,
    assumeRolePolicyDocument: trustOf(parameters),
    policies: [{ policyName: "read-events", policyDocument: readEvents(bucket) }],
  });
}

function trustOf({ trustsSnowflake, snowflakeUserArn, snowflakeExternalId }: Parameters): PolicyDocument {
  const once = (known: string, before: string) =>
    Fn.conditionIf(trustsSnowflake.logicalId, known, before).toString();
  const ownAccount = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:root`;
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        principals: [new ArnPrincipal(once(snowflakeUserArn.valueAsString, ownAccount))],
        actions: ["sts:AssumeRole"],
        conditions: {
          StringEquals: { "sts:ExternalId": once(snowflakeExternalId.valueAsString, Aws.STACK_ID) },
        },
      }),
    ],
  });
}

/**
 * What Snowflake asks for to load data, and nothing outside of the events:
 * https://docs.snowflake.com/en/user-guide/data-load-s3-config-storage-integration
 * Its example puts GetBucketLocation under the condition on the prefix too, which a call without a prefix never meets.
 */
function readEvents(bucket: CfnBucket): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: "Read",
        actions: ["s3:GetObject", "s3:GetObjectVersion"],
        resources: [`${bucket.attrArn}/${EVENTS_PREFIX}*`],
      }),
      new PolicyStatement({
        sid: "List",
        actions: ["s3:ListBucket"],
        resources: [bucket.attrArn],
        conditions: { StringLike: { "s3:prefix": `${EVENTS_PREFIX}*` } },
      }),
      new PolicyStatement({ sid: "Locate", actions: ["s3:GetBucketLocation"], resources: [bucket.attrArn] }),
    ],
  });
}
