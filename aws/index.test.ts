import { execFile, execFileSync } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../local/testing.ts";
import { template } from "./testing/template.ts";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html: larger ones must be put into S3 first. */
const MAX_TEMPLATE_BYTES = 51_200;

/** Runs a command where there is no network at all, on systems that let one ask for that. */
const offline = canLeaveTheNetwork() ? ["unshare", "-rn"] : [];

function canLeaveTheNetwork(): boolean {
  try {
    execFileSync("unshare", ["-rn", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

it("synthesises without account or network what CloudFormation's linter finds no fault with, and says what comes next", async () => {
  const directory = await temporaryDirectory();
  const [command = "", ...args] = [
    ...offline,
    process.execPath,
    join(import.meta.dirname, "index.ts"),
    directory,
  ];
  const { stdout, stderr } = await promisify(execFile)(command, args, {
    cwd: directory,
    env: { PATH: process.env.PATH },
  });
  expect(stderr).toBe("");
  expect(JSON.parse(await readFile(join(directory, "validation-report.json"), "utf8"))).toMatchObject({
    pluginReports: [],
  });

  const templates = ["playtrail", "playtrail-staging"].map((stack) =>
    join(directory, `${stack}.template.json`),
  );
  const [production = "", staging = ""] = await Promise.all(templates.map((file) => readFile(file, "utf8")));
  expect(JSON.parse(production)).toEqual(template);
  expect(staging).toBe(production);
  const { size } = await stat(templates[0] ?? "");
  expect(size).toBeLessThan(MAX_TEMPLATE_BYTES);

  expect(stdout).toBe(`playtrail.template.json  16 resources, ${size} bytes
playtrail-staging.template.json  16 resources, ${size} bytes

Next, with credentials of an AWS account (docs/aws.md has every step):

  aws cloudformation deploy --stack-name playtrail --template-file playtrail.template.json --capabilities CAPABILITY_NAMED_IAM

`);
}, 120_000); // five seconds of a processor, for the linter

it("needs nothing set up in the account first: no assets, no code, no version of a bootstrap", () => {
  const types = Object.values(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => /Lambda|Custom|CDK/.test(type))).toEqual([]);
  expect(JSON.stringify(template)).not.toMatch(/BootstrapVersion|cdk-hnb659fds|AWS::CDK/);
});
