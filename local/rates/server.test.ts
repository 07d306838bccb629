import { expect, onTestFinished, test } from "vitest";
import { parseFeed } from "../../worker/schedule/rates/parse-feed.ts";
import { MARKETS } from "../players/catalog.ts";
import { serveRates } from "./server.ts";

test("the laptop's rates are read as the collector reads any, of the day before, for all that its players pay in", async () => {
  const rates = await serveRates();
  onTestFinished(() => rates.close());
  const yesterday = () => `${new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)}T00:00:00.000Z`;
  const before = yesterday();
  const parsed = parseFeed(await (await fetch(rates.url)).text());
  if (parsed.kind === "failed") throw new Error(parsed.problem);
  expect(parsed.publication.unusable).toEqual([]);
  expect([before, yesterday()]).toContain(parsed.publication.validFrom);
  const paidIn = new Set(MARKETS.map(({ currency }) => currency).filter((currency) => currency !== "USD"));
  for (const currency of paidIn) expect(parsed.publication.rates.has(currency)).toBe(true);
});
