import { inject } from "vitest";
import type { FeedAnswer } from "../../test/feeds-for-worker.ts";

/** Rates for one euro as the European Central Bank publishes them, by currency. */
export function feedOf(day: string, rates: Record<string, string>): string {
  const cubes = Object.entries(rates).map(
    ([currency, rate]) => `<Cube currency='${currency}' rate='${rate}'/>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
    xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
    <Cube time='${day}'>
      ${cubes.join("\n      ")}
    </Cube>
  </Cube>
</gesmes:Envelope>`;
}

/** A feed that no other test uses: its URL, and how to say what it answers from then on. */
export function newFeed(): { url: string; answers: (answer: FeedAnswer) => Promise<void> } {
  const url = `${inject("feeds")}/${crypto.randomUUID()}`;
  return {
    url,
    answers: async (answer) => {
      await fetch(url, { method: "PUT", body: JSON.stringify(answer) });
    },
  };
}
