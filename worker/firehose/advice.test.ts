import { expect, it } from "vitest";
import { adviceOn } from "./advice.ts";
import { outcomeOf } from "./outcome.ts";

/** What an operator reads of an error, as AWS sends it. */
const adviceOnAnswer = (status: number, type: string) => {
  const outcome = outcomeOf(status, JSON.stringify({ __type: type, message: "m" }), 1);
  return outcome.kind === "answered" ? undefined : adviceOn(outcome.kind, outcome.code);
};

it.each([
  [400, "ResourceNotFoundException", "FIREHOSE_STREAM"],
  [400, "AccessDeniedException", "firehose:PutRecordBatch"],
  [403, "UnrecognizedClientException", "AWS_ACCESS_KEY_ID"],
  [403, "InvalidSignatureException", "AWS_SECRET_ACCESS_KEY"],
  [403, "IncompleteSignatureException", "AWS_SECRET_ACCESS_KEY"],
  [400, "ExpiredTokenException", "AWS_SESSION_TOKEN"],
  [400, "InvalidKMSResourceException", "KMS key"],
  [400, "NobodyHasHeardOfThisException", "look the code up"],
  [400, "InvalidArgumentException", "dead letters"],
])("what an operator must mend is named: %i %s, %s", (status, type, mended) => {
  expect(adviceOnAnswer(status, type)).toContain(mended);
});

it.each([
  [503, "ServiceUnavailableException"],
  [400, "ThrottlingException"],
  [500, "InternalFailure"],
])("what mends itself asks nothing of an operator: %i %s", (status, type) => {
  expect(adviceOnAnswer(status, type)).toBe(null);
});

it("asks nothing of an operator for a record that fails alone: it is sent again, or becomes a dead letter", () => {
  expect(adviceOn("partial", "InternalFailure")).toBe(null);
});
