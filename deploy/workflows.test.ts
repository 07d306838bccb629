import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Step {
  uses?: string;
  run?: string;
}

interface Job {
  uses?: string;
  steps?: Step[];
  environment?: string;
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  concurrency: { group: string };
  jobs: Record<string, Job>;
}

const ROOT = join(import.meta.dirname, "..");
const DIRECTORY = join(ROOT, ".github", "workflows");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const files = readdirSync(DIRECTORY).map((name) => {
  const text = readFileSync(join(DIRECTORY, name), "utf8");
  const workflow: Workflow = parse(text);
  return { name, text, workflow, jobs: Object.entries(workflow.jobs) };
});

const stepsOf = (jobs: [string, Job][]) => jobs.flatMap(([, { steps = [] }]) => steps);

describe.each(files)("the workflow $name", ({ text, workflow, jobs }) => {
  it("may read the repository, and only the job that publishes may say who it is", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    const more = jobs.filter(([, { permissions }]) => permissions !== undefined);
    expect(more.map(([name, { permissions }]) => [name, permissions])).toEqual(
      jobs.some(([name]) => name === "publish")
        ? [["publish", { contents: "read", "id-token": "write" }]]
        : [],
    );
  });

  it("never runs a stranger's code with the repository's secrets", () => {
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(Object.keys(workflow.on)).not.toContain("workflow_run");
    if ("pull_request" in workflow.on) expect(text).not.toContain("secrets.");
  });

  it("has secrets only in jobs of an environment, which somebody guards", () => {
    const holders = jobs.filter(([, job]) => JSON.stringify(job).includes("secrets."));
    for (const [name, { environment }] of holders) expect([name, environment]).toEqual([name, name]);
  });

  it("runs actions by the commit that was looked at, not by a tag that may move", () => {
    const used = [...stepsOf(jobs), ...jobs.map(([, job]) => job)].flatMap(({ uses }) => uses ?? []);
    for (const action of used)
      expect(action).toMatch(/^(\.\/\.github\/workflows\/ci\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40})$/);
  });

  it("calls scripts that there are, and puts nothing into a shell that somebody else has named", () => {
    for (const { run = "" } of stepsOf(jobs)) {
      expect(run).not.toContain("${{");
      for (const [, script = ""] of run.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
        expect(scripts).toHaveProperty([script]);
    }
  });

  it("ends by itself, and does not run twice at once", () => {
    expect(workflow.concurrency.group).toBeTruthy();
    for (const [name, job] of jobs)
      if (job.uses === undefined) expect([name, job["timeout-minutes"]]).toEqual([name, expect.any(Number)]);
  });
});

it("what is deployed or published was checked, and production was staging before", () => {
  const needs = files.flatMap(({ jobs }) =>
    jobs.flatMap(([name, job]) => ("needs" in job ? [[name, job.needs]] : [])),
  );
  expect(Object.fromEntries(needs)).toEqual({ staging: "check", production: "staging", publish: "check" });
});
