import { expect, test } from "vitest";
import { createClock } from "./clock.ts";
import { createTransport, type Wire } from "./transport.ts";

const wire: Wire = {
  pack: () => Promise.reject(new Error("no memory for gzip")),
  post: () => Promise.reject(new Error("the cable is cut")),
};

test("what cannot be compressed is sent as it is", async () => {
  expect(await createTransport(wire, createClock()).pack("[1,2,3]")).toBe("[1,2,3]");
});

test("where no answer comes, that is a reply", async () => {
  const attempt = {
    body: "",
    bytes: 0,
    requestId: "",
    attempt: 1,
    keepalive: false,
    abort: new AbortController(),
  };
  const reply = await createTransport(wire, createClock()).post(attempt);
  expect(reply).toEqual({ kind: "unreachable", message: "the cable is cut" });
});
