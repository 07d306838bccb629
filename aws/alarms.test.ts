import { expect, it } from "vitest";
import { type Deployed, deploy } from "./testing/deploy.ts";

const alarmsOf = ({ resources }: Deployed) =>
  Object.values(resources)
    .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
    .map(({ Properties }) => Properties);

const OF_STREAM = [{ Name: "DeliveryStreamName", Value: "playtrail-events" }];

it("five alarms watch what the collector cannot see, and none goes off because nobody plays", () => {
  const seen = alarmsOf(deploy()).map((alarm) => {
    const { AlarmName, Namespace, MetricName, Dimensions, Statistic, ComparisonOperator, Threshold } = alarm;
    const { Period, EvaluationPeriods, TreatMissingData } = alarm;
    expect([Period, TreatMissingData]).toEqual([300, "notBreaching"]);
    const metric = [Namespace, MetricName, Dimensions];
    return [AlarmName, metric, Statistic, ComparisonOperator, Threshold, EvaluationPeriods];
  });
  expect(seen).toEqual([
    [
      "playtrail-DataFreshness",
      ["AWS/Firehose", "DeliveryToS3.DataFreshness", OF_STREAM],
      "Maximum",
      "GreaterThanThreshold",
      900,
      1,
    ],
    [
      "playtrail-DeliverySuccess",
      ["AWS/Firehose", "DeliveryToS3.Success", OF_STREAM],
      "Sum",
      "LessThanOrEqualToThreshold",
      0,
      2,
    ],
    [
      "playtrail-DeliveryErrors",
      ["Playtrail", "playtrail-delivery-errors", undefined],
      "Sum",
      "GreaterThanThreshold",
      0,
      1,
    ],
    [
      "playtrail-ErrorObjects",
      [
        "AWS/S3",
        "PutRequests",
        [
          { Name: "BucketName", Value: "playtrail-eventsbucket" },
          { Name: "FilterId", Value: "errors" },
        ],
      ],
      "Sum",
      "GreaterThanThreshold",
      0,
      1,
    ],
    [
      "playtrail-ThrottledRecords",
      ["AWS/Firehose", "ThrottledRecords", OF_STREAM],
      "Sum",
      "GreaterThanThreshold",
      0,
      3,
    ],
  ]);
});

it("each line of the delivery log counts as an error, and the log is kept for 90 days", () => {
  const { resources } = deploy();
  expect(resources.DeliveryErrors?.Properties).toEqual({ RetentionInDays: 90 });
  expect(resources.DeliveryErrorCount?.Properties).toEqual({
    LogGroupName: "playtrail-deliveryerrors",
    FilterPattern: "",
    MetricTransformations: [
      {
        MetricNamespace: "Playtrail",
        MetricName: "playtrail-delivery-errors",
        MetricValue: "1",
        Unit: "Count",
      },
    ],
  });
});

it("nobody is mailed who did not ask", () => {
  const deployed = deploy();
  expect(deployed.resources.AlarmTopic).toBeUndefined();
  expect(alarmsOf(deployed).map(({ AlarmActions, OKActions }) => [AlarmActions, OKActions])).toEqual(
    Array(5).fill([undefined, undefined]),
  );
});

it("who asked is mailed when an alarm goes off, and when it is over", () => {
  const deployed = deploy({ parameters: { AlarmEmail: "ops@studio.example" } });
  const topic = "arn:aws:sns:us-east-1:123456789012:playtrail-alarmtopic";
  expect(deployed.resources.AlarmTopic?.Properties).toEqual({
    Subscription: [{ Protocol: "email", Endpoint: "ops@studio.example" }],
  });
  expect(alarmsOf(deployed).map(({ AlarmActions, OKActions }) => [AlarmActions, OKActions])).toEqual(
    Array(5).fill([[topic], [topic]]),
  );
});
