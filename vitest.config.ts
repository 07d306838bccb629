import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig, defineProject, type UserWorkspaceConfig } from "vitest/config";
import { CREDENTIALS } from "./test/firehose-for-worker.ts";

// Where the plugin looks for what wrangler.toml requires.
Object.assign(process.env, {
  KEY_SECRETS: "the-current-secret-of-the-test-suite,the-secret-before-the-current-one",
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
});

const MOCKING = "worker/**/*.mocked.test.ts";

/** Tests that run in workerd, beside the Worker, with the bindings of wrangler.toml. */
const worker = (name: string, test: UserWorkspaceConfig["test"]) =>
  defineProject({
    plugins: [
      cloudflareTest(async ({ inject }) => ({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            FIREHOSE_ENDPOINT: await (await fetch(inject("firehoses"))).text(),
            // Tests drive delivery by hand: no alarm comes due by itself while one runs.
            FLUSH_INTERVAL_MS: "600000",
            MAX_ATTEMPTS: "3",
            QUEUE_MAX_BYTES: "8000000",
            FX_RATES_URL: "",
          },
        },
      })),
    ],
    test: {
      name,
      globalSetup: ["test/firehose-for-worker.ts", "test/feeds-for-worker.ts", "test/webhooks-for-worker.ts"],
      testTimeout: 30_000,
      ...test,
    },
  });

/** One run, one coverage report, three places: the Worker in workerd; the SDK and the laptop stack in Node; the whole. */
export default defineConfig({
  test: {
    silent: "passed-only", // the Worker logs each request: what it said is shown of tests that fail
    // Tests wait for workerd, Chromium and timers: with as many files at once as there are processors a quarter of these would lie idle.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    coverage: {
      provider: "istanbul", // v8's is not available inside workerd
      include: ["worker/**/*.ts", "sdk/**/*.ts"],
      exclude: ["**/*.test.ts", "sdk/build/**", "sdk/**/testing.ts", "sdk/dist/**"],
      reporter: ["text", "lcovonly"],
    },
    projects: [
      // Starting a workerd takes longer than most files of tests: they follow each other in one, which each finds as new.
      worker("worker", {
        include: ["worker/**/*.test.ts"],
        exclude: ["worker/console/**", MOCKING], // the console runs in a browser
        isolate: false,
        setupFiles: ["worker/testing/fresh.ts"],
      }),
      // A module can be replaced only in a workerd that has not loaded it.
      worker("worker-mocked", { include: [MOCKING] }),
      defineProject({
        test: {
          name: "node",
          include: [
            "aws/**/*.test.ts",
            "deploy/**/*.test.ts",
            "sdk/**/*.test.ts",
            "local/**/*.test.ts",
            "snowflake/**/*.test.ts",
            "worker/console/**/*.test.ts",
          ],
          testTimeout: 30_000,
          hookTimeout: 30_000, // a beforeAll that deploys the warehouse takes a second, on a busy machine ten
        },
      }),
      defineProject({
        test: { name: "system", include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 },
      }),
    ],
  },
});
