import type { Step } from "./plan.ts";
import type { Problem } from "./smoke.ts";

/** The plan as a table, and what it comes to. */
export function describePlan(steps: readonly Step[]): string {
  const width = Math.max(...steps.map(({ file }) => file.length));
  const lines = steps.map(({ file, statements, state, runs }) =>
    [
      file.padEnd(width),
      `${statements.length}`.padStart(4),
      statements.length === 1 ? "statement " : "statements",
      state === "unchanged" && runs ? "unchanged, run all the same" : state,
    ].join("  "),
  );
  return [...lines, describeTotal(steps.filter(({ runs }) => runs))].join("\n");
}

function describeTotal(running: readonly Step[]): string {
  const statements = running.reduce((sum, step) => sum + step.statements.length, 0);
  return running.length === 0
    ? "nothing to run"
    : `${count(running.length, "file")} to run, ${count(statements, "statement")}`;
}

/** What is wrong, a line each. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ check, problem }) => `${check}: ${problem}`).join("\n");
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
