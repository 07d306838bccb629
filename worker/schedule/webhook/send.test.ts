import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newWebhook } from "../../testing/webhooks.ts";
import { send } from "./send.ts";
import { signatureOf } from "./signature.ts";

const SECRET = "a-secret-of-the-test-suite";

describe("a message", () => {
  it("is what Slack takes: JSON with a text", async () => {
    const webhook = newWebhook();
    expect(await send({ url: webhook.url, secret: "" }, "*Incident*: “ü”")).toEqual({ kind: "delivered" });
    const [{ headers, body } = { headers: {}, body: "" }] = await webhook.received();
    expect(JSON.parse(body)).toEqual({ text: "*Incident*: “ü”" });
    expect([headers["content-type"], headers["x-playtrail-signature"]]).toEqual([
      "application/json",
      undefined,
    ]);
  });

  it("is signed so that a receiver can verify who sent it, what, and when", async () => {
    const webhook = newWebhook();
    await send({ url: webhook.url, secret: SECRET }, "*Incident*: “ü”");
    const [{ headers, body } = { headers: {}, body: "" }] = await webhook.received();
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers["x-playtrail-signature"] ?? "") ?? [];
    expect(v1).toBe(createHmac("sha256", SECRET).update(`${t}.${body}`).digest("hex"));
    expect(Math.abs(Date.now() / 1_000 - Number(t))).toBeLessThan(60);
  });

  it("has another signature at another time, of another body, with another secret", async () => {
    const signatures = await Promise.all([
      signatureOf(SECRET, "{}", 1_000),
      signatureOf(SECRET, "{}", 2_000),
      signatureOf(SECRET, "[]", 1_000),
      signatureOf("another", "{}", 1_000),
    ]);
    expect(new Set(signatures.map((signature) => signature.split("v1=")[1])).size).toBe(4);
  });
});

describe("a message is delivered", () => {
  it.each([200, 201, 204])("where the webhook answers %i", async (status) => {
    const webhook = newWebhook();
    await webhook.answers({ status });
    expect(await send({ url: webhook.url, secret: "" }, "x")).toEqual({ kind: "delivered" });
  });

  it.each([400, 404, 429, 500, 503])("and not where it answers %i", async (status) => {
    const webhook = newWebhook();
    await webhook.answers({ status });
    const problem = `it answered ${status}, where 2xx is wanted`;
    expect(await send({ url: webhook.url, secret: "" }, "x")).toEqual({ kind: "failed", problem });
  });

  it.each([301, 302, 307, 308])(
    "and not where it sends elsewhere (%i), whither nothing goes",
    async (status) => {
      const [webhook, elsewhere] = [newWebhook(), newWebhook()];
      await webhook.answers({ status, headers: { Location: elsewhere.url } });
      const problem = `it answered ${status}, where 2xx is wanted`;
      expect(await send({ url: webhook.url, secret: "" }, "x")).toEqual({ kind: "failed", problem });
      expect(await elsewhere.received()).toEqual([]);
    },
  );

  it("and not where it does not answer in time", async () => {
    const webhook = newWebhook();
    await webhook.answers({ isSilent: true });
    const problem = "it took longer than 200 ms";
    expect(await send({ url: webhook.url, secret: "" }, "x", 200)).toEqual({ kind: "failed", problem });
  });

  it("and not where nobody is there, which is told without the URL", async () => {
    const sent = await send({ url: "http://127.0.0.1:9/services/T0/B0/token", secret: SECRET }, "x");
    expect(sent).toEqual({ kind: "failed", problem: "it cannot be reached" });
  });
});
