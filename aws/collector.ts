import { Aws, type Stack } from "aws-cdk-lib";
import { CfnUser, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { CfnDeliveryStream } from "aws-cdk-lib/aws-kinesisfirehose";

/**
 * Who the Worker is in AWS: a user, since a Worker runs outside of AWS and can have no role. It may do one thing to one stream. Its access
 * key is made by hand (docs/aws.md): one that a template makes could be read wherever the stack's outputs or events can.
 */
export function addCollector(stack: Stack, stream: CfnDeliveryStream): CfnUser {
  return new CfnUser(stack, "Collector", {
    userName: Aws.STACK_NAME,
    policies: [
      {
        policyName: "put-events",
        policyDocument: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ["firehose:PutRecordBatch"], resources: [stream.attrArn] }),
          ],
        }),
      },
    ],
  });
}
