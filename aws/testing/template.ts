import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STACKS } from "../stacks.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Resource {
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
interface Template {
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
    execFileSync(process.execPath, [join(import.meta.dirname, "../index.ts"), directory], { env });
    return JSON.parse(readFileSync(join(directory, `${STACKS.production}.template.json`), "utf8"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
