import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Collector, connect, createTestClock, startCollector, type TestClock } from "../core/testing.ts";

// Not by its name: it is of another program for TypeScript, which knows the DOM.
const { watchPage } = await import(new URL("./page.ts", import.meta.url).href);

const HOUR_MS = 3_600_000;

let collector: Collector;
let clock: TestClock;
let page: EventTarget;
let documentOfPage: EventTarget & { visibilityState: string };

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
  page = new EventTarget();
  documentOfPage = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", documentOfPage);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
});

afterEach(() => {
  collector.close();
  vi.unstubAllGlobals();
});

function hide(visibilityState: "hidden" | "visible"): void {
  documentOfPage.visibilityState = visibilityState;
  documentOfPage.dispatchEvent(new Event("visibilitychange"));
}

test("a hidden page begins no session because the network is back; one that is looked at again does", () => {
  const client = connect(collector, clock, { sessions: "auto" });
  watchPage(client, new AbortController().signal);
  client.track("a");
  clock.advance(0);
  hide("hidden");
  clock.advance(HOUR_MS);
  page.dispatchEvent(new Event("online"));
  expect(client.stats().tracked).toBe(2);
  hide("visible");
  expect(client.stats().tracked).toBe(4); // the end of one, the start of another
});
