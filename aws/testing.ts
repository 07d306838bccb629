import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STACKS } from "./stacks.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

export const ACCOUNT = "123456789012";

interface Resource {
  Type: string;
  Condition?: string;
  Properties: JsonObject;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

interface Parameter {
  Default: string | number;
  AllowedPattern?: string;
  ConstraintDescription?: string;
  MinValue?: number;
  MaxValue?: number;
}

/** What of a template is used here. */
export interface Template {
  Parameters: Record<string, Parameter>;
  Rules: Record<string, { Assertions: { Assert: Json; AssertDescription: string }[] }>;
  Conditions: Record<string, Json>;
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Description: string; Value: Json }>;
}

/** Of both stacks, but for what its linter says: `index.test.ts` runs that. */
export const template = synthesise();

/** In a process of its own: to know what the CDK exports, Vitest would load all of it. */
function synthesise(): Template {
  const directory = mkdtempSync(join(tmpdir(), "playtrail-aws-"));
  const env = { PATH: process.env.PATH, CDK_VALIDATION: "false" };
  try {
    execFileSync(process.execPath, [join(import.meta.dirname, "index.ts"), directory], { env });
    return JSON.parse(readFileSync(join(directory, `${STACKS.production}.template.json`), "utf8"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What a deployment makes of the template: values in the place of all that refers to something. */
export interface Deployed {
  /** By logical id; those whose condition does not hold are not there. */
  resources: Record<string, Resource>;
  outputs: Record<string, string>;
}

export interface Deployment {
  stack?: string;
  region?: string;
  parameters?: Record<string, string>;
}

/**
 * Deploys the template to nowhere: as much of CloudFormation as it takes to see what it comes to. Throws where CloudFormation would
 * refuse a parameter. What a resource is called is its stack's name and its logical id, or the name that it asks for.
 */
export function deploy({
  stack = STACKS.production,
  region = "us-east-1",
  parameters = {},
}: Deployment = {}): Deployed {
  const given = parametersOf(parameters);
  const pseudo: Record<string, string> = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": region,
    "AWS::StackName": stack,
    "AWS::StackId": `arn:aws:cloudformation:${region}:${ACCOUNT}:stack/${stack}/1`,
  };

  /** Undefined: `AWS::NoValue`, which takes away what it is the value of. */
  function resolve(value: Json): Json | undefined {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined);
    if (typeof value !== "object" || value === null) return value;
    const [[key, argument] = ["", null], ...others] = Object.entries(value);
    if (others.length === 0 && (key === "Ref" || key.startsWith("Fn::"))) return call(key, argument);
    const entries = Object.entries(value).map(([name, item]) => [name, resolve(item)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
  }

  function call(name: string, argument: Json): Json | undefined {
    if (name === "Ref") return argument === "AWS::NoValue" ? undefined : reference(String(argument));
    const list = Array.isArray(argument) ? argument : [];
    const [first = null, second = null, third = null] = list;
    switch (name) {
      case "Fn::GetAtt":
        return arnOf(String(first));
      case "Fn::Join":
        return (resolve(second) as string[]).join(String(first));
      case "Fn::If":
        return resolve(holds(String(first)) ? second : third);
      case "Fn::Equals":
        return resolve(first) === resolve(second);
      case "Fn::Not":
        return !resolve(first);
      case "Fn::And":
        return list.every(resolve);
      case "Fn::Or":
        return list.some(resolve);
      default:
        throw new Error(`${name} is not known here`);
    }
  }

  const holds = (condition: string) => resolve(template.Conditions[condition] ?? null) === true;

  function reference(name: string): string {
    const known = pseudo[name] ?? given[name];
    if (known !== undefined) return known;
    const { Type, Properties } = template.Resources[name] ?? { Type: "", Properties: {} };
    if (Type === "AWS::SNS::Topic") return `arn:aws:sns:${region}:${ACCOUNT}:${stack}-${name}`;
    const asked = [
      Properties.DeliveryStreamName,
      Properties.UserName,
      Properties.RoleName,
      Properties.LogStreamName,
    ];
    const called = asked.find((value) => value !== undefined);
    return called === undefined ? `${stack}-${name}`.toLowerCase() : String(resolve(called));
  }

  function arnOf(name: string): string {
    const called = reference(name);
    const { Type = "" } = template.Resources[name] ?? {};
    switch (Type) {
      case "AWS::S3::Bucket":
        return `arn:aws:s3:::${called}`;
      case "AWS::IAM::Role":
        return `arn:aws:iam::${ACCOUNT}:role/${called}`;
      case "AWS::KinesisFirehose::DeliveryStream":
        return `arn:aws:firehose:${region}:${ACCOUNT}:deliverystream/${called}`;
      default:
        throw new Error(`the ARN of ${name}, of type ${Type}, is not known here`);
    }
  }

  for (const { Assertions } of Object.values(template.Rules)) {
    for (const { Assert, AssertDescription } of Assertions)
      if (resolve(Assert) !== true) throw new RangeError(AssertDescription);
  }
  const there = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || holds(Condition),
  );
  return {
    resources: Object.fromEntries(
      there.map(([id, resource]) => [
        id,
        { ...resource, Properties: resolve(resource.Properties) as JsonObject },
      ]),
    ),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs).map(([id, { Value }]) => [id, String(resolve(Value))]),
    ),
  };
}

function parametersOf(given: Record<string, string>): Record<string, string> {
  const unknown = Object.keys(given).find((name) => template.Parameters[name] === undefined);
  if (unknown !== undefined) throw new RangeError(`there is no parameter ${unknown}`);
  return Object.fromEntries(
    Object.entries(template.Parameters).map(([name, parameter]) => {
      const value = given[name] ?? String(parameter.Default);
      const {
        AllowedPattern = "",
        ConstraintDescription,
        MinValue = -Infinity,
        MaxValue = Infinity,
      } = parameter;
      // CloudFormation wants the whole value to match.
      const matches = AllowedPattern === "" || new RegExp(`^(?:${AllowedPattern})$`).test(value);
      if (!matches) throw new RangeError(`${name} must be ${ConstraintDescription}`);
      if (Number(value) < MinValue || Number(value) > MaxValue)
        throw new RangeError(`${name} must be from ${MinValue} to ${MaxValue}`);
      return [name, value];
    }),
  );
}

/** The properties of a resource that must be there. */
export function propertiesOf({ resources }: Deployed, id: string): JsonObject {
  const resource = resources[id];
  if (resource === undefined) throw new Error(`there is no ${id}`);
  return resource.Properties;
}
