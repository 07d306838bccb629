import { afterAll, afterEach, describe, expect, test } from "vitest";
import { creationOf } from "../lint/create.ts";
import { sqlFiles } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { statementsOf } from "../sql/statements.ts";
import { openQuality, purchase } from "./testing.ts";

const quality = await openQuality();
afterEach(() => quality.empty());
afterAll(() => quality.warehouse.close());

/** Takes the place of Snowflake's procedure: what it is called with is in quality.mails. */
const POST_OFFICE = `
  CREATE TABLE IF NOT EXISTS quality.mails (integration VARCHAR, recipients VARCHAR, title VARCHAR, letter VARCHAR);
  CREATE OR REPLACE PROCEDURE SYSTEM$SEND_EMAIL(integration VARCHAR, recipients VARCHAR, title VARCHAR, letter VARCHAR)
    RETURNS VARCHAR LANGUAGE SQL
  AS $$
  BEGIN
    INSERT INTO quality.mails (integration, recipients, title, letter)
    SELECT :integration, :recipients, :title, :letter;
    RETURN 'sent';
  END;
  $$;`;

const twoFindings = () =>
  quality.insert(
    "core.fact_purchases",
    purchase("1", "2026-11-20 10:00:00", "4.99", "JPY"),
    purchase("2", "2026-11-20 10:00:00", "4.99", "EUR"),
  );

const told = () => quality.query("SELECT alert, subject, told_at FROM quality.notices ORDER BY subject");

describe("quality.tell", () => {
  test("leaves what it could not mail to the next run of the alert", async () => {
    await twoFindings();
    await expect(quality.query("CALL quality.tell('unconverted_revenue')")).rejects.toThrow("send_email");
    expect(await told()).toEqual([]);
    expect(await quality.warehouse.firingAlerts()).toEqual(["quality.unconverted_revenue_alert"]);
  });

  test("mails all findings of an alert and what to do about them, and notes that it did", async () => {
    await quality.warehouse.run(POST_OFFICE);
    await twoFindings();
    await quality.query("CALL quality.tell('unconverted_revenue')");
    expect(await quality.query("SELECT * FROM quality.mails")).toEqual([
      {
        integration: "PLAYTRAIL_EMAIL",
        recipients: "ops@example.com",
        title: "PLAYTRAIL: unconverted_revenue",
        letter:
          "1 purchase events of the game chess in EUR are not in USD.\n" +
          "1 purchase events of the game chess in JPY are not in USD.\n\n" +
          "No rate of that currency is valid at their time. Have FX_RATES_URL name a source that has it, " +
          "or deliver an exchange_rate line: revenue heals by itself.",
      },
    ]);
    const notice = { alert: "unconverted_revenue", told_at: "2026-11-21 13:00:00.000" };
    expect(await told()).toEqual([
      { ...notice, subject: "chess purchase EUR" },
      { ...notice, subject: "chess purchase JPY" },
    ]);
    expect(await quality.warehouse.firingAlerts()).toEqual([]);
  });
});

describe("the alerts' definitions", () => {
  const sql = sqlFiles(DEFAULT_SETTINGS).find(({ name }) => name === "61_alerts.sql")?.sql ?? "";
  const alerts = statementsOf(sql).flatMap(({ tokens, text }) => {
    const creation = creationOf(tokens);
    return creation?.type === "ALERT" ? [{ name: creation.name.join(".").toLowerCase(), text }] : [];
  });

  test("are one for every kind of finding, which looks for it and tells it", () => {
    const kinds = [...sql.matchAll(/^ {2}'(\w+)' AS alert,$/gm)].map(([, kind]) => kind);
    expect(kinds).toHaveLength(8);
    expect(alerts.map(({ name }) => name).sort()).toEqual(
      kinds.map((kind) => `quality.${kind}_alert`).sort(),
    );
    for (const { name, text } of alerts) {
      const kind = name.slice("quality.".length, -"_alert".length);
      expect(text).toContain(`FROM quality.untold_findings WHERE alert = '${kind}'`);
      expect(text).toContain(`THEN CALL quality.tell('${kind}')`);
    }
  });

  test("are resumed, each one", () => {
    for (const { name } of alerts) expect(sql).toContain(`ALTER ALERT ${name} RESUME;`);
  });
});
