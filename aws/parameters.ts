import { CfnCondition, CfnParameter, CfnRule, Fn, type Stack } from "aws-cdk-lib";

/** What a studio says when it deploys. All have defaults: the first deployment needs none of them. */
export interface Parameters {
  /** Snowflake's user, which assumes the role, once it is known (`trustsSnowflake`). */
  snowflakeUserArn: CfnParameter;
  snowflakeExternalId: CfnParameter;
  trustsSnowflake: CfnCondition;
  /** The pipe's queue, once it is known (`tellsSnowpipe`). */
  snowpipeQueueArn: CfnParameter;
  tellsSnowpipe: CfnCondition;
  /** Who hears of alarms, if anyone does (`mailsAlarms`). */
  alarmEmail: CfnParameter;
  mailsAlarms: CfnCondition;
  retentionDays: CfnParameter;
  /** When delivered events move to a cheaper class, if they do (`archives`). */
  archiveAfterDays: CfnParameter;
  archives: CfnCondition;
}

/** Adds the parameters, the conditions that hang on them, and a rule that refuses half of a pair before anything is changed. */
export function addParameters(stack: Stack): Parameters {
  const snowflakeUserArn = new CfnParameter(stack, "SnowflakeUserArn", {
    default: "",
    description:
      "STORAGE_AWS_IAM_USER_ARN of DESC INTEGRATION. Empty: nobody outside of this account may read the events.",
    allowedPattern: "^$|^arn:aws[a-z-]*:iam::\\d{12}:user/[\\w+=,.@/-]+$",
    constraintDescription:
      "the ARN of an IAM user, such as arn:aws:iam::123456789012:user/abc1-b-self1234, or empty",
  });
  const snowflakeExternalId = new CfnParameter(stack, "SnowflakeExternalId", {
    default: "",
    description: "STORAGE_AWS_EXTERNAL_ID of the storage integration. Goes together with SnowflakeUserArn.",
    allowedPattern: "^$|^[\\w+=,.@:/-]{2,1224}$",
    constraintDescription: "2 or more letters, digits and _+=,.@:/-, or empty",
  });
  const snowpipeQueueArn = new CfnParameter(stack, "SnowpipeQueueArn", {
    default: "",
    description: "notification_channel of SHOW PIPES. Empty: the bucket tells nobody of new objects.",
    allowedPattern: "^$|^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\\d{12}:[\\w-]{1,80}$",
    constraintDescription:
      "the ARN of an SQS queue, such as arn:aws:sqs:us-east-1:123456789012:sf-snowpipe-AIDA-x, or empty",
  });
  const alarmEmail = new CfnParameter(stack, "AlarmEmail", {
    default: "",
    description:
      "Who is mailed when an alarm goes off or recovers; AWS asks the address to confirm. Empty: nobody.",
    allowedPattern: "^$|^[^@\\s]+@[^@\\s]+$",
    constraintDescription: "an e-mail address, or empty",
  });
  const retentionDays = new CfnParameter(stack, "RetentionDays", {
    type: "Number",
    default: 30,
    // ALTER PIPE … REFRESH, which finds what a pipe has missed, reaches back seven days.
    minValue: 7,
    maxValue: 3650,
    description:
      "Delivered events are deleted after this many days. It bounds how long an erased player stays in S3.",
  });
  const archiveAfterDays = new CfnParameter(stack, "ArchiveAfterDays", {
    type: "Number",
    default: 0,
    minValue: 0,
    maxValue: 3650,
    description:
      "Delivered events move to Glacier Instant Retrieval after this many days, fewer than RetentionDays. 0: never.",
  });

  const isEmpty = (parameter: CfnParameter) => Fn.conditionEquals(parameter.value, "");
  const isGiven = (parameter: CfnParameter) => Fn.conditionNot(isEmpty(parameter));
  new CfnRule(stack, "SnowflakeTrust", {
    assertions: [
      {
        assert: Fn.conditionOr(
          Fn.conditionAnd(isGiven(snowflakeUserArn), isGiven(snowflakeExternalId)),
          Fn.conditionAnd(isEmpty(snowflakeUserArn), isEmpty(snowflakeExternalId)),
        ),
        assertDescription: "SnowflakeUserArn and SnowflakeExternalId go together: give both, or neither",
      },
    ],
  });

  return {
    snowflakeUserArn,
    snowflakeExternalId,
    trustsSnowflake: new CfnCondition(stack, "TrustsSnowflake", { expression: isGiven(snowflakeUserArn) }),
    snowpipeQueueArn,
    tellsSnowpipe: new CfnCondition(stack, "TellsSnowpipe", { expression: isGiven(snowpipeQueueArn) }),
    alarmEmail,
    mailsAlarms: new CfnCondition(stack, "MailsAlarms", { expression: isGiven(alarmEmail) }),
    retentionDays,
    archiveAfterDays,
    archives: new CfnCondition(stack, "Archives", {
      expression: Fn.conditionNot(Fn.conditionEquals(archiveAfterDays.value, "0")),
    }),
  };
}
