import { type Json, template } from "./template.ts";

export const ACCOUNT = "123456789012";

/** Where a deployment goes, and with what. */
export interface Place {
  stack: string;
  region: string;
  /** All of them. */
  parameters: Record<string, string>;
}

/** What a deployment puts in the place of all that refers to something. */
export interface Values {
  /** Undefined: `AWS::NoValue`, which takes away what it is the value of. */
  resolve(value: Json): Json | undefined;
  /** Whether a condition of the template does. */
  holds(condition: string): boolean;
}

/** As much of CloudFormation's functions as the template has; throws where it has another. */
export function valuesAt(place: Place): Values {
  function resolve(value: Json): Json | undefined {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined);
    if (typeof value !== "object" || value === null) return value;
    const [[key, argument] = ["", null], ...others] = Object.entries(value);
    if (others.length === 0 && key === "Ref") return resolveReference(String(argument));
    if (others.length === 0 && key.startsWith("Fn::") && Array.isArray(argument)) return call(key, argument);
    const entries = Object.entries(value).map(([name, item]) => [name, resolve(item)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
  }

  function call(name: string, list: Json[]): Json | undefined {
    const [first = null, second = null, third = null] = list;
    switch (name) {
      case "Fn::GetAtt":
        return arnOf(String(first), nameOf(String(first)), place);
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

  function resolveReference(name: string): string | undefined {
    if (name === "AWS::NoValue") return undefined;
    const known = pseudoParameters(place)[name] ?? place.parameters[name];
    if (known !== undefined) return known;
    return template.Resources[name]?.Type === "AWS::SNS::Topic"
      ? arnOf(name, nameOf(name), place)
      : nameOf(name);
  }

  /** The name that a resource asks for, or one of the stack's name and its own. */
  function nameOf(id: string): string {
    const { DeliveryStreamName, UserName, RoleName, LogStreamName } =
      template.Resources[id]?.Properties ?? {};
    const asked = DeliveryStreamName ?? UserName ?? RoleName ?? LogStreamName;
    return asked === undefined ? `${place.stack}-${id}`.toLowerCase() : String(resolve(asked));
  }

  const holds = (condition: string) => resolve(template.Conditions[condition] ?? null) === true;

  return { resolve, holds };
}

function pseudoParameters({ stack, region }: Place): Record<string, string> {
  return {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": region,
    "AWS::StackName": stack,
    "AWS::StackId": `arn:aws:cloudformation:${region}:${ACCOUNT}:stack/${stack}/1`,
  };
}

function arnOf(id: string, name: string, { region }: Place): string {
  const type = template.Resources[id]?.Type;
  switch (type) {
    case "AWS::S3::Bucket":
      return `arn:aws:s3:::${name}`;
    case "AWS::IAM::Role":
      return `arn:aws:iam::${ACCOUNT}:role/${name}`;
    case "AWS::KinesisFirehose::DeliveryStream":
      return `arn:aws:firehose:${region}:${ACCOUNT}:deliverystream/${name}`;
    case "AWS::SNS::Topic":
      return `arn:aws:sns:${region}:${ACCOUNT}:${name}`;
    default:
      throw new Error(`the ARN of ${id}, of type ${type}, is not known here`);
  }
}
