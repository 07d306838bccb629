import { describe, expect, it } from "vitest";
import { destinationOf } from "./destination.ts";

const IN_PRODUCTION = { FIREHOSE_ENDPOINT: "", ALERT_WEBHOOK_SECRET: "" };
const ON_A_LAPTOP = { ...IN_PRODUCTION, FIREHOSE_ENDPOINT: "http://127.0.0.1:4573" };

const kindOf = (url: string, settings = IN_PRODUCTION) =>
  destinationOf({ ...settings, ALERT_WEBHOOK_URL: url }).kind;

describe("alerts go", () => {
  it("nowhere where no URL is set", () => {
    expect(destinationOf({ ...IN_PRODUCTION, ALERT_WEBHOOK_URL: "" })).toEqual({ kind: "none" });
  });

  it("to a public host by https, signed where there is a secret", () => {
    const url = "https://hooks.slack.com/services/T0/B0/x";
    const settings = { ...IN_PRODUCTION, ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: "s" };
    expect(destinationOf(settings)).toEqual({ kind: "webhook", url, secret: "s" });
    expect(kindOf("https://hooks.slack.com./services/T0/B0/x")).toBe("webhook");
    expect(kindOf("https://alerts.example.com:8443/in")).toBe("webhook");
  });

  it.each([
    "not a url",
    "http://hooks.slack.com/services/T0/B0/x",
    "ftp://hooks.slack.com/x",
    "https://user:password@example.com/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://metadata/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://nas.home.arpa/",
    "https://app.localhost/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://8.8.8.8/",
    "https://127.0.0.1./",
    "https://①②⑦.0.0.1/",
    "https://[::1]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[::ffff:10.0.0.1]/",
    "http://127.0.0.1:8080/",
    "http://localhost:8080/",
  ])("never to %s", (url) => {
    const destination = destinationOf({ ...IN_PRODUCTION, ALERT_WEBHOOK_URL: url });
    expect(destination).toEqual({
      kind: "wrong",
      problem: expect.stringMatching(/^ALERT_WEBHOOK_URL (must|may)/),
    });
  });

  it("to the laptop itself on a laptop, but to nothing near it", () => {
    for (const url of [
      "http://127.0.0.1:8080/",
      "http://localhost:8080/",
      "http://[::1]:8080/",
      "https://localhost/",
    ])
      expect([url, kindOf(url, ON_A_LAPTOP)]).toEqual([url, "webhook"]);
    for (const url of ["http://192.168.1.1/", "http://example.com/", "https://10.0.0.1/", "ftp://127.0.0.1/"])
      expect([url, kindOf(url, ON_A_LAPTOP)]).toEqual([url, "wrong"]);
  });
});
