import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { parseOptions } from "./options.ts";

const LOGIN = ["--account", "myorg-myaccount", "--user", "deployer", "--private-key", "key.p8"];
const PLACE = [
  ...["--bucket-url", "s3://my-bucket/events/", "--aws-role-arn", "arn:aws:iam::123456789012:role/snowflake"],
  ...["--aws-external-id", "my-external-id", "--alert-emails", "ops@studio.example"],
];
const login = {
  account: "myorg-myaccount",
  user: "deployer",
  privateKeyPath: "key.p8",
  passphrase: undefined,
  accessUrl: undefined,
};
const settings = {
  ...DEFAULT_SETTINGS,
  bucket_url: "s3://my-bucket/events/",
  aws_role_arn: "arn:aws:iam::123456789012:role/snowflake",
  aws_external_id: "my-external-id",
  alert_emails: "ops@studio.example",
};

describe("the options of a deployment", () => {
  it("are flags; the database and the quota have defaults", () => {
    expect(parseOptions(["deploy", ...LOGIN, ...PLACE], {})).toEqual({
      kind: "deploy",
      login,
      settings,
      planOnly: false,
      all: false,
    });
  });

  it("are variables as well, which a flag wins over", () => {
    const env = {
      SNOWFLAKE_ACCOUNT: "myorg-myaccount",
      SNOWFLAKE_USER: "somebody else",
      SNOWFLAKE_PRIVATE_KEY_PATH: "key.p8",
      SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: "open sesame",
      PLAYTRAIL_DATABASE: "GAMES",
      PLAYTRAIL_BUCKET_URL: settings.bucket_url,
      PLAYTRAIL_AWS_ROLE_ARN: settings.aws_role_arn,
      PLAYTRAIL_AWS_EXTERNAL_ID: settings.aws_external_id,
      PLAYTRAIL_ALERT_EMAILS: settings.alert_emails,
      PLAYTRAIL_CREDIT_QUOTA: "20",
    };
    expect(parseOptions(["deploy", "--user", "deployer", "--plan", "--all"], env)).toEqual({
      kind: "deploy",
      login: { ...login, passphrase: "open sesame" },
      settings: { ...settings, database: "GAMES", credit_quota: "20" },
      planOnly: true,
      all: true,
    });
  });

  it("are all named, with their variables, where they are missing", () => {
    expect(parseOptions(["deploy", "--user", "deployer"], { SNOWFLAKE_ACCOUNT: "" })).toEqual({
      kind: "wrong",
      message:
        "missing: --account (or SNOWFLAKE_ACCOUNT), --private-key (or SNOWFLAKE_PRIVATE_KEY_PATH), " +
        "--bucket-url (or PLAYTRAIL_BUCKET_URL), --aws-role-arn (or PLAYTRAIL_AWS_ROLE_ARN), " +
        "--aws-external-id (or PLAYTRAIL_AWS_EXTERNAL_ID), --alert-emails (or PLAYTRAIL_ALERT_EMAILS)",
    });
  });

  it("are refused where they could not stand in SQL", () => {
    expect(parseOptions(["deploy", ...LOGIN, ...PLACE, "--database", "X; DROP"], {})).toEqual({
      kind: "wrong",
      message:
        'the setting database must be a letter, then letters, digits and _; 100 characters at most; got "X; DROP"',
    });
  });

  it("have no flag for the passphrase, which others could read", () => {
    const command = parseOptions(["deploy", ...LOGIN, ...PLACE, "--passphrase", "open sesame"], {});
    expect(command.kind).toBe("wrong");
  });

  it("send a login nowhere in the clear but to this machine", () => {
    const at = (url: string) => parseOptions(["deploy", ...LOGIN, ...PLACE, "--access-url", url], {});
    expect(at("http://snowflake.example")).toEqual({
      kind: "wrong",
      message: '--access-url must begin with https://; got "http://snowflake.example"',
    });
    expect(at("http://127.0.0.1:8085")).toMatchObject({ login: { accessUrl: "http://127.0.0.1:8085" } });
    expect(at("https://x.privatelink.snowflakecomputing.com")).toMatchObject({ kind: "deploy" });
  });
});

describe("the options of a verification", () => {
  it("are those of a deployment: the pipe assumes the real role", () => {
    expect(parseOptions(["verify", ...LOGIN, ...PLACE], {})).toEqual({ kind: "verify", login, settings });
    expect(parseOptions(["verify", ...LOGIN], {})).toMatchObject({
      message: expect.stringContaining("--aws-role-arn"),
    });
  });

  it("leave no choice of the database: it is dropped in the end", () => {
    expect(parseOptions(["verify", ...LOGIN, "--database", "PLAYTRAIL"], {})).toEqual({
      kind: "wrong",
      message: "verify takes no --plan, --all or --database",
    });
  });
});

it("help needs nothing", () => {
  expect(parseOptions(["deploy", "--help"], {})).toEqual({ kind: "help" });
});

it("an unknown command is named", () => {
  expect(parseOptions(["destroy"], {})).toEqual({
    kind: "wrong",
    message: 'the command must be deploy or verify; got "destroy"',
  });
});
