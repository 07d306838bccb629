import { type App, BootstraplessSynthesizer, Stack } from "aws-cdk-lib";
import { addAlarms } from "./alarms.ts";
import { addBucket } from "./bucket.ts";
import { addCollector } from "./collector.ts";
import { addDeliveryStream } from "./delivery-stream.ts";
import { addOutputs } from "./outputs.ts";
import { addParameters } from "./parameters.ts";
import { addSnowflakeRole } from "./snowflake.ts";

/**
 * Everything in AWS, between the collector and the warehouse. What has a name is called after the stack, so that staging stands beside
 * production; the template is the same for both.
 */
export function addPlaytrailStack(app: App, name: string): Stack {
  const stack = new Stack(app, name, {
    description: "Playtrail: from the collector to objects in S3 that Snowflake loads. docs/aws.md",
    // Nothing to be set up in the account first: the template needs no assets.
    synthesizer: new BootstraplessSynthesizer(),
  });
  const parameters = addParameters(stack);
  const bucket = addBucket(stack, parameters);
  const delivery = addDeliveryStream(stack, bucket);
  const collector = addCollector(stack, delivery.stream);
  const snowflakeRole = addSnowflakeRole(stack, bucket, parameters);
  addAlarms(stack, bucket, delivery, parameters);
  addOutputs(stack, { bucket, delivery, collector, snowflakeRole });
  return stack;
}
