import { template } from "./template.ts";

/** All parameters of a deployment: what is given, else the default. Throws a RangeError where CloudFormation would refuse one. */
export function parametersOf(given: Record<string, string>): Record<string, string> {
  const unknown = Object.keys(given).find((name) => template.Parameters[name] === undefined);
  if (unknown !== undefined) throw new RangeError(`there is no parameter ${unknown}`);
  const values = Object.entries(template.Parameters).map(
    ([name, { Default }]) => [name, given[name] ?? String(Default)] as const,
  );
  for (const [name, value] of values) refuseWrong(name, value);
  return Object.fromEntries(values);
}

function refuseWrong(name: string, value: string): void {
  const {
    AllowedPattern = "",
    ConstraintDescription,
    MinValue = -Infinity,
    MaxValue = Infinity,
  } = template.Parameters[name] ?? {};
  if (!new RegExp(AllowedPattern).test(value))
    throw new RangeError(`${name} must be ${ConstraintDescription}`);
  if (Number(value) < MinValue || Number(value) > MaxValue)
    throw new RangeError(`${name} must be from ${MinValue} to ${MaxValue}`);
}
