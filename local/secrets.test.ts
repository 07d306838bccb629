import { stat, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ensureSecrets, readSecrets, secretsFile } from "./secrets.ts";
import { temporaryDirectory } from "./testing.ts";

test("secrets are made once, and are for their owner only", async () => {
  const data = await temporaryDirectory();
  expect(await readSecrets(data)).toBeUndefined();
  const secrets = await ensureSecrets(data);
  expect(secrets).toEqual({
    KEY_SECRETS: expect.stringMatching(/^[\w-]{43}$/),
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA[0-9A-F]{16}$/),
    AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^[\w-]{40}$/),
  });
  expect(await ensureSecrets(data)).toEqual(secrets);
  expect(await readSecrets(data)).toEqual(secrets);
  expect((await stat(secretsFile(data))).mode & 0o777).toBe(0o600);
});

test("damaged secrets are named, never replaced: keys would end unseen", async () => {
  const data = await temporaryDirectory();
  await writeFile(secretsFile(data), "{");
  await expect(ensureSecrets(data)).rejects.toThrow(
    `${secretsFile(data)} is damaged: it is not JSON. Delete it: new secrets are made, and old keys end.`,
  );
  await writeFile(secretsFile(data), '{"KEY_SECRETS":"short"}');
  await expect(ensureSecrets(data)).rejects.toThrow("KEY_SECRETS");
});
