import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forgetAllGames } from "../testing/operations.ts";
import { newWebhook } from "../testing/webhooks.ts";
import { RATES_CRON, REPORT_CRON, WATCH_CRON } from "./crons.ts";
import { operationsOf } from "./operations.ts";
import { runCron } from "./run-cron.ts";

let logged: Record<string, unknown>[];

beforeEach(async () => {
  logged = [];
  for (const level of ["warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((line) => logged.push(JSON.parse(line)));
  await forgetAllGames();
});

afterEach(() => vi.restoreAllMocks());

const down = { getByName: () => ({ list: () => Promise.reject(new Error("the registry is down")) }) };
const withoutRegistry = { ...env, REGISTRY: down } as unknown as Env;

const failedRuns = () =>
  runInDurableObject(operationsOf(env), (_, { storage }) =>
    storage.sql.exec("SELECT duty, runs FROM failed ORDER BY duty").toArray(),
  );

it("a run that fails is counted, logged, and seen by the platform, until one succeeds", async () => {
  for (let i = 0; i < 2; i++)
    await expect(runCron(WATCH_CRON, withoutRegistry)).rejects.toThrow("the registry is down");
  expect(await failedRuns()).toEqual([
    { duty: "alerts", runs: 2 },
    { duty: "watchdog", runs: 2 },
  ]);
  const error = "Error: the registry is down";
  expect(logged.slice(0, 2)).toEqual([
    { level: "error", event: "cron_failed", duty: "watchdog", error },
    { level: "error", event: "cron_failed", duty: "alerts", error },
  ]);
  await runCron(WATCH_CRON, env);
  expect(await failedRuns()).toEqual([]);
});

it("a source of exchange rates that is down is counted, but fails no run: the next one tries again", async () => {
  const bindings = { ...env, FX_RATES_URL: "http://127.0.0.1:9/" as Env["FX_RATES_URL"] };
  await runCron(RATES_CRON, bindings);
  expect(await failedRuns()).toEqual([{ duty: "rates", runs: 1 }]);
  await runCron(RATES_CRON, env);
  expect(await failedRuns()).toEqual([]);
});

it("operators are told of what fails again and again", async () => {
  const webhook = newWebhook();
  const bindings = { ...env, ALERT_WEBHOOK_URL: webhook.url } as Env;
  const brokenReports = { makeReports: () => Promise.reject(new Error("down")) };
  const operations = operationsOf(env);
  const OPERATIONS = {
    getByName: () =>
      new Proxy(operations, {
        get: (target, name) => Reflect.get(name in brokenReports ? brokenReports : target, name),
      }),
  };
  await expect(runCron(REPORT_CRON, { ...bindings, OPERATIONS } as unknown as Env)).rejects.toThrow("down");
  await runCron(WATCH_CRON, bindings);
  expect(await webhook.texts()).toEqual([
    expect.stringMatching(
      /^\*Incident\*: a scheduled run fails, the collector itself\nthe last run of reports failed\n/,
    ),
  ]);
});

it("where it cannot be counted, that is said, and the run is what it is", async () => {
  const OPERATIONS = { getByName: () => ({ recordRun: () => Promise.reject(new Error("down")) }) };
  await runCron(RATES_CRON, { ...env, OPERATIONS } as unknown as Env);
  expect(logged).toEqual([{ level: "error", event: "operations_unreachable", error: "Error: down" }]);
});
