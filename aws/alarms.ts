import { Aws, Fn, type Stack, Token } from "aws-cdk-lib";
import { CfnAlarm, type CfnAlarmProps } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyDocument, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnMetricFilter } from "aws-cdk-lib/aws-logs";
import type { CfnBucket } from "aws-cdk-lib/aws-s3";
import { CfnTopic, CfnTopicPolicy } from "aws-cdk-lib/aws-sns";
import { ERRORS_METRICS_ID } from "./bucket.ts";
import type { Delivery } from "./delivery-stream.ts";
import { ERRORS_PREFIX } from "./layout.ts";
import type { Parameters } from "./parameters.ts";

const PERIOD_SECONDS = 300;

/** Three buffers' worth: what is older waits for something else than its buffer. */
const STALE_SECONDS = 900;

const NAMESPACE = "Playtrail";

/** One number that is looked at every five minutes. */
interface Watch {
  name: string;
  /** What it means; docs/aws.md says what to do. */
  meaning: string;
  metric: Pick<CfnAlarmProps, "namespace" | "metricName" | "dimensions" | "statistic">;
  when: Pick<CfnAlarmProps, "comparisonOperator" | "threshold">;
  /** How often in a row, before the alarm goes off. */
  times: number;
}

/** What the collector cannot see: whether what Firehose took arrives in S3. */
export function addAlarms(stack: Stack, bucket: CfnBucket, delivery: Delivery, parameters: Parameters): void {
  const topic = addTopic(stack, parameters);
  addErrorCount(stack, delivery);
  for (const { name, meaning, metric, when, times } of watches(bucket, delivery)) {
    new CfnAlarm(stack, `${name}Alarm`, {
      alarmName: `${Aws.STACK_NAME}-${name}`,
      alarmDescription: `${meaning} docs/aws.md#alarms`,
      ...metric,
      ...when,
      period: PERIOD_SECONDS,
      evaluationPeriods: times,
      // Without traffic there are no numbers: a quiet night is no alarm. The collector notices silence.
      treatMissingData: "notBreaching",
      alarmActions: topic,
      okActions: topic,
    });
  }
}

function watches(bucket: CfnBucket, { stream }: Delivery): Watch[] {
  const ofStream = {
    namespace: "AWS/Firehose",
    dimensions: [{ name: "DeliveryStreamName", value: stream.ref }],
  };
  return [
    {
      name: "DataFreshness",
      meaning: `Something has waited in Firehose for more than ${STALE_SECONDS / 60} minutes. After 24 hours Firehose drops it.`,
      metric: { ...ofStream, metricName: "DeliveryToS3.DataFreshness", statistic: "Maximum" },
      when: { comparisonOperator: "GreaterThanThreshold", threshold: STALE_SECONDS },
      times: 1,
    },
    {
      name: "DeliverySuccess",
      meaning: "Firehose tries to write to S3, and nothing succeeds.",
      metric: { ...ofStream, metricName: "DeliveryToS3.Success", statistic: "Sum" },
      when: { comparisonOperator: "LessThanOrEqualToThreshold", threshold: 0 },
      times: 2,
    },
    {
      name: "DeliveryErrors",
      meaning: "Firehose has logged errors of delivery.",
      metric: { namespace: NAMESPACE, metricName: errorCountName(), statistic: "Sum" },
      when: { comparisonOperator: "GreaterThanThreshold", threshold: 0 },
      times: 1,
    },
    {
      name: "ErrorObjects",
      meaning: `Firehose has put something under ${ERRORS_PREFIX}, which is never loaded.`,
      metric: {
        namespace: "AWS/S3",
        metricName: "PutRequests",
        dimensions: [
          { name: "BucketName", value: bucket.ref },
          { name: "FilterId", value: ERRORS_METRICS_ID },
        ],
        statistic: "Sum",
      },
      when: { comparisonOperator: "GreaterThanThreshold", threshold: 0 },
      times: 1,
    },
    {
      name: "ThrottledRecords",
      meaning:
        "The stream's quota has been spent for a quarter of an hour. The collector keeps what is refused.",
      metric: { ...ofStream, metricName: "ThrottledRecords", statistic: "Sum" },
      when: { comparisonOperator: "GreaterThanThreshold", threshold: 0 },
      times: 3,
    },
  ];
}

/** The stack's own: a metric filter can have no dimension that its log lines do not name. */
function errorCountName(): string {
  return `${Aws.STACK_NAME}-delivery-errors`;
}

function addErrorCount(stack: Stack, { errors }: Delivery): void {
  new CfnMetricFilter(stack, "DeliveryErrorCount", {
    logGroupName: errors.ref,
    filterPattern: "", // every line: Firehose writes there only what went wrong
    metricTransformations: [
      { metricNamespace: NAMESPACE, metricName: errorCountName(), metricValue: "1", unit: "Count" },
    ],
  });
}

/** The actions of an alarm: the topic that mails, or none. */
function addTopic(stack: Stack, { alarmEmail, mailsAlarms }: Parameters): string[] {
  const topic = new CfnTopic(stack, "AlarmTopic", {
    subscription: [{ protocol: "email", endpoint: alarmEmail.valueAsString }],
  });
  const policy = new CfnTopicPolicy(stack, "AlarmTopicPolicy", {
    topics: [topic.ref],
    policyDocument: new PolicyDocument({
      statements: [
        new PolicyStatement({
          principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
          actions: ["sns:Publish"],
          resources: [topic.ref],
          conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
        }),
      ],
    }),
  });
  topic.cfnOptions.condition = mailsAlarms;
  policy.cfnOptions.condition = mailsAlarms;
  return Token.asList(Fn.conditionIf(mailsAlarms.logicalId, [topic.ref], Aws.NO_VALUE));
}
