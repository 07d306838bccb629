import { STACKS } from "../stacks.ts";
import { parametersOf } from "./parameters.ts";
import { type JsonObject, type Resource, template } from "./template.ts";
import { type Values, valuesAt } from "./values.ts";

/** What a deployment makes of the template: values in the place of all that refers to something. */
export interface Deployed {
  /** By logical id; those whose condition does not hold are not there. */
  resources: Record<string, Resource>;
  outputs: Record<string, string>;
}

export interface Deployment {
  stack?: string;
  region?: string;
  /** Those that are given: the others have their defaults. */
  parameters?: Record<string, string>;
}

/** Deploys the template to nowhere, to see what it comes to. Throws a RangeError where CloudFormation would refuse the parameters. */
export function deploy({
  stack = STACKS.production,
  region = "us-east-1",
  parameters = {},
}: Deployment = {}): Deployed {
  const values = valuesAt({ stack, region, parameters: parametersOf(parameters) });
  refuseBrokenRules(values);
  const outputs = Object.entries(template.Outputs).map(([id, { Value }]) => [
    id,
    String(values.resolve(Value)),
  ]);
  return { resources: resourcesOf(values), outputs: Object.fromEntries(outputs) };
}

function refuseBrokenRules({ resolve }: Values): void {
  const assertions = Object.values(template.Rules).flatMap(({ Assertions }) => Assertions);
  const broken = assertions.find(({ Assert }) => resolve(Assert) !== true);
  if (broken !== undefined) throw new RangeError(broken.AssertDescription);
}

function resourcesOf({ resolve, holds }: Values): Record<string, Resource> {
  const there = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || holds(Condition),
  );
  return Object.fromEntries(
    there.map(([id, resource]) => [
      id,
      { ...resource, Properties: resolve(resource.Properties) as JsonObject },
    ]),
  );
}

/** The properties of a resource; throws where it is not there. */
export function propertiesOf({ resources }: Deployed, id: string): JsonObject {
  const resource = resources[id];
  if (resource === undefined) throw new Error(`there is no ${id}`);
  return resource.Properties;
}
