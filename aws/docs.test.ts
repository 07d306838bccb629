import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../local/testing.ts";
import { blocksIn, pages } from "../test/docs/pages.ts";
import { deploy, propertiesOf } from "./testing/deploy.ts";
import { template } from "./testing/template.ts";

const PAGE = "docs/aws.md";
const text = pages.get(PAGE) ?? "";

const USER_ARN = "arn:aws:iam::999999999999:user/abc1-b-self1234";
const QUEUE_ARN = "arn:aws:sqs:us-east-1:999999999999:sf-snowpipe-AIDA-x";

const KEY = '{"AWS_ACCESS_KEY_ID":"AKIA","AWS_SECRET_ACCESS_KEY":"secret"}';

/** Writes down how it is called and what it is sent, and answers for AWS. */
const STUB = `#!/bin/bash
said="$*"
case "$said" in
  *OutputKey==*) name=\${said#*OutputKey==\\'} && cat "$HOME/outputs/\${name%%\\'*}" && exit ;;
  *create-access-key*) echo '${KEY}' ;;
  *list-access-keys*) printf 'AKIA1\\tAKIA2\\n' ;;
  *bulk*) echo "< $(cat)" >> "$HOME/log" ;;
esac
echo "$(basename "$0") $*" >> "$HOME/log"
`;

it("its commands, in their order, deploy what Snowflake and the Worker need, and take it down again", async () => {
  const home = await temporaryDirectory();
  const bin = join(home, "bin");
  for (const directory of [bin, join(home, "outputs")]) await mkdir(directory);
  for (const name of ["aws", "npx", "npm"]) {
    await writeFile(join(bin, name), STUB);
    await chmod(join(bin, name), 0o755);
  }
  const { outputs } = deploy();
  for (const [name, value] of Object.entries(outputs))
    await writeFile(join(home, "outputs", name), `${value}\n`);

  const script = blocksIn("sh")
    .filter(({ page }) => page === PAGE)
    .map((block) => block.text)
    .join("\n")
    .replace("<STORAGE_AWS_IAM_USER_ARN>", USER_ARN)
    .replace("<notification_channel>", QUEUE_ARN);
  const env = { HOME: home, PATH: `${bin}:${process.env.PATH}` };
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-euo", "pipefail", "-c", script], { env });

  const externalId = /'(playtrail-[0-9a-f]{32})'/.exec(stdout)?.[1] ?? "";
  expect(stdout).toBe(`USE ROLE ACCOUNTADMIN;
CREATE STORAGE INTEGRATION PLAYTRAIL_S3 TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = TRUE
  STORAGE_AWS_ROLE_ARN = '${outputs.PlaytrailAwsRoleArn}'
  STORAGE_AWS_EXTERNAL_ID = '${externalId}'
  STORAGE_ALLOWED_LOCATIONS = ('${outputs.PlaytrailBucketUrl}');
DESC INTEGRATION PLAYTRAIL_S3;
`);

  const log = (await readFile(join(home, "log"), "utf8")).trim().split("\n");
  const update =
    "aws cloudformation deploy --stack-name playtrail --template-file dist/aws/playtrail.template.json --capabilities CAPABILITY_NAMED_IAM --parameter-overrides";
  expect(log).toEqual([
    "npm run aws:synth",
    `${update} AlarmEmail=ops@studio.example`,
    "aws cloudformation describe-stacks --stack-name playtrail --query Stacks[0].Outputs[].[OutputKey,OutputValue] --output text",
    "npx wrangler login",
    expect.stringMatching(
      /^aws iam create-access-key --user-name playtrail --output json --query AccessKey\./,
    ),
    `< ${KEY}`,
    "npx wrangler secret bulk --env production",
    `${update} SnowflakeUserArn=${USER_ARN} SnowflakeExternalId=${externalId}`,
    `${update} SnowpipeQueueArn=${QUEUE_ARN}`,
    expect.stringMatching(/^aws iam list-access-keys --user-name playtrail /),
    "aws iam delete-access-key --user-name playtrail --access-key-id AKIA1",
    "aws iam delete-access-key --user-name playtrail --access-key-id AKIA2",
    "aws cloudformation delete-stack --stack-name playtrail",
  ]);

  const given = log
    .flatMap((line) => [...line.matchAll(/ ([A-Z]\w+)=(\S+)/g)])
    .map(([, name = "", value = ""]) => [name, value]);
  const deployed = deploy({ parameters: Object.fromEntries(given) });
  expect(deployed.outputs.CollectorUser).toBe("playtrail");
  expect(propertiesOf(deployed, "SnowflakeRole").AssumeRolePolicyDocument).toMatchObject({
    Statement: [
      { Principal: { AWS: USER_ARN }, Condition: { StringEquals: { "sts:ExternalId": externalId } } },
    ],
  });
  expect(propertiesOf(deployed, "EventsBucket").NotificationConfiguration).toMatchObject({
    QueueConfigurations: [{ Queue: QUEUE_ARN }],
  });
});

it("it names each parameter with its default, each output, and what to do about each alarm", () => {
  const missing = Object.keys({ ...template.Parameters, ...template.Outputs }).filter(
    (name) => !text.includes(name),
  );
  expect(missing).toEqual(["CollectorUser"]); // whose name the page gives
  for (const name of ["RetentionDays", "ArchiveAfterDays"])
    expect(text).toMatch(new RegExp(`\\| \`${name}\` \\| ${template.Parameters[name]?.Default}\\b`));
  const alarms = Object.entries(template.Resources).filter(
    ([, { Type }]) => Type === "AWS::CloudWatch::Alarm",
  );
  const told = [...text.matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm)].map(([, name]) => `${name}Alarm`);
  expect(told).toEqual(expect.arrayContaining(alarms.map(([id]) => id)));
});
