import { expect, it } from "vitest";
import type { Ask } from "./ask.ts";
import { askTheRest } from "./questions.ts";
import { NOTHING } from "./testing.ts";

const VARS = new Map([
  ["FIREHOSE_STREAM", "playtrail-events"],
  ["AWS_REGION", "us-east-1"],
  ["FIREHOSE_MIB_PER_S", "5"],
]);

/** Somebody who types these answers, "" for what is offered; notes what was asked, and what was offered. */
function person(answers: (string | boolean)[]) {
  const asked: string[] = [];
  const next = (message: string) => {
    asked.push(message);
    return answers.shift();
  };
  const typed = (question: Parameters<Ask["secret"]>[0], answer: string) => {
    const problem = question.problemWith(answer);
    if (problem !== undefined) throw new Error(problem);
    return answer;
  };
  const ask: Ask = {
    async text({ initial = "", ...question }) {
      return typed(question, String(next(`${question.message} [${initial}]`)) || initial);
    },
    secret: async (question) => typed(question, String(next(question.message))),
    choose: async (message) => String(next(message)),
    confirm: async (message) => next(message) === true,
  };
  return { ask, asked };
}

it("a first deployment asks for the stream, the key and a game, and offers what is known", async () => {
  const answers = ["", "eu-central-1", "", "AKIA1", "a secret", false, "my_game"];
  const { ask, asked } = person(answers);
  const facts = { vars: VARS, secretNames: new Set<string>(), keptKeySecrets: undefined };
  expect(await askTheRest(ask, NOTHING, facts)).toEqual({
    ...NOTHING,
    vars: { FIREHOSE_STREAM: "playtrail-events", AWS_REGION: "eu-central-1", FIREHOSE_MIB_PER_S: "1" },
    secrets: { AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: "a secret" },
    game: "my_game",
  });
  expect(asked).toEqual([
    "The Firehose stream's name? [playtrail-events]",
    "The stream's region? [us-east-1]",
    "Its quota in MiB/s? (AWS: Service Quotas → Amazon Data Firehose) [1]",
    "The access key id of the IAM user that may put records into the stream? (aws iam create-access-key makes one) []",
    "Its secret access key?",
    "Shall alerts go to a webhook, such as Slack's?",
    "A game that gets its first keys and a test event? (empty: none) []",
  ]);
});

it("what was said is not asked again, and what stands is asked about once", async () => {
  const { ask, asked } = person([false]);
  const vars = { FIREHOSE_STREAM: "events", AWS_REGION: "us-east-1", FIREHOSE_MIB_PER_S: "5" };
  const secretNames = new Set(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ALERT_WEBHOOK_URL"]);
  const choices = { ...NOTHING, vars, game: "my_game" };
  const facts = { vars: VARS, secretNames, keptKeySecrets: undefined };
  expect(await askTheRest(ask, choices, facts)).toEqual(choices);
  expect(asked).toEqual(["The Worker has an AWS key. Set another?"]);
});

it("an answer that cannot be right is refused at once, in the Worker's own words", async () => {
  const facts = { vars: VARS, secretNames: new Set<string>(), keptKeySecrets: undefined };
  const answer = (...answers: string[]) => askTheRest(person(answers).ask, NOTHING, facts);
  await expect(answer("my stream")).rejects.toThrow("FIREHOSE_STREAM must be a delivery stream's name");
  await expect(answer("", "Ireland")).rejects.toThrow("AWS_REGION must be an AWS region");
  await expect(answer("", "", "", "AKIA1", "")).rejects.toThrow("AWS_SECRET_ACCESS_KEY is empty");
});
