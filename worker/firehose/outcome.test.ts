import { describe, expect, it } from "vitest";
import { outcomeOf } from "./outcome.ts";

const answer = (responses: object[]) => JSON.stringify({ FailedPutCount: 0, RequestResponses: responses });
const error = (type: string, message = "m") => JSON.stringify({ __type: type, message });

describe("an answer of 200", () => {
  it("names the records that were not taken, whatever the count says", () => {
    const body = answer([
      { RecordId: "a" },
      { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." },
    ]);
    const failures = new Map([[1, { code: "ServiceUnavailableException", message: "Slow down." }]]);
    expect(outcomeOf(200, body, 2)).toEqual({ kind: "answered", failures });
  });

  it.each([["no JSON"], ["{}"], [answer([{ RecordId: "a" }])]])(
    "that cannot be matched with the records means send again: %s",
    (body) => {
      expect(outcomeOf(200, body, 2)).toMatchObject({ kind: "transient", code: "UnreadableAnswer" });
    },
  );
});

describe("an error", () => {
  it.each([
    [400, error("ThrottlingException"), "throttled"],
    [400, error("com.amazonaws.firehose#LimitExceededException"), "throttled"],
    [429, "", "throttled"],
    [503, error("ServiceUnavailableException"), "transient"],
    [500, "<html>", "transient"],
    [502, "", "transient"],
    [400, error("InvalidArgumentException"), "refused"],
    [400, error("ValidationException"), "refused"],
    [413, "", "refused"],
    [400, error("ResourceNotFoundException"), "permanent"],
    [400, error("AccessDeniedException"), "permanent"],
    [403, error("InvalidSignatureException"), "permanent"],
    [403, error("UnrecognizedClientException"), "permanent"],
    [400, error("ExpiredTokenException:http://internal.amazon.com/coral/"), "permanent"],
    [404, "", "permanent"],
  ] as const)("%i %s is %s", (status, body, kind) => {
    expect(outcomeOf(status, body, 1).kind).toBe(kind);
  });

  it("keeps the service's own words", () => {
    const body = JSON.stringify({ __type: "ResourceNotFoundException", Message: "no such stream" });
    expect(outcomeOf(400, body, 1)).toEqual({
      kind: "permanent",
      code: "ResourceNotFoundException",
      message: "no such stream",
    });
  });
});
