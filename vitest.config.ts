import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig, defineProject } from "vitest/config";

/** One run, one coverage report, three places: the Worker in workerd; the SDK and the laptop stack in Node; the whole. */
export default defineConfig({
  test: {
    coverage: {
      provider: "istanbul", // v8's is not available inside workerd
      include: ["worker/**/*.ts", "sdk/**/*.ts"],
      exclude: ["**/*.test.ts", "sdk/build.ts"],
      reporter: ["text", "lcovonly"],
    },
    projects: [
      defineProject({
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                KEY_SECRETS: "a-secret-of-the-test-suite-32-chars!",
                AWS_ACCESS_KEY_ID: "AKIATEST",
                AWS_SECRET_ACCESS_KEY: "test-secret",
                // Unit tests drive delivery by hand: no alarm comes due by itself while one runs.
                FLUSH_INTERVAL_MS: "600000",
              },
            },
          }),
        ],
        test: { name: "worker", include: ["worker/**/*.test.ts"] },
      }),
      defineProject({
        test: { name: "node", include: ["sdk/**/*.test.ts", "local/**/*.test.ts"] },
      }),
      defineProject({
        test: { name: "system", include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 },
      }),
    ],
  },
});
