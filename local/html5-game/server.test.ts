import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type GameSite, serveGame } from "./server.ts";

const COLLECTOR = "http://127.0.0.1:8787";

let site: GameSite;

beforeEach(async () => {
  site = await serveGame({ port: 0, collector: COLLECTOR, key: "a-write-key" });
  onTestFinished(() => site.close());
});

test("the page has the collector and the key where a studio writes its own", async () => {
  const response = await fetch(site.url);
  expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  expect(await response.text()).toContain(
    `<script src="${COLLECTOR}/sdk.js" data-key="a-write-key"></script>`,
  );
});

test("it may load and send to nobody but itself and the collector", async () => {
  const { headers } = await fetch(site.url);
  expect(headers.get("Content-Security-Policy")).toBe(
    `default-src 'self'; script-src 'self' ${COLLECTOR}; connect-src ${COLLECTOR}; img-src 'self' data:; base-uri 'none'; form-action 'none'`,
  );
});

test.each([
  ["/main.js", 200, "text/javascript; charset=utf-8"],
  ["/style.css?v=2", 200, "text/css; charset=utf-8"],
  ["/types.d.ts", 404, null],
  ["/..%2fcurl%2fevents.sh", 404, null],
  ["/nothing.js", 404, null],
])("of %s it says %d", async (path, status, type) => {
  const response = await fetch(`${site.url}${path}`);
  await response.body?.cancel();
  expect([response.status, response.headers.get("Content-Type")]).toEqual([status, type]);
});
