import type { PutOutcome } from "./outcome.ts";

/** What an operator must do about an error, by its code: https://docs.aws.amazon.com/firehose/latest/APIReference/CommonErrors.html */
const ADVICE: Record<string, string> = {
  ResourceNotFoundException:
    "there is no such delivery stream: correct FIREHOSE_STREAM and AWS_REGION, or create the stream",
  AccessDeniedException: "allow the IAM user firehose:PutRecordBatch on the stream",
  UnrecognizedClientException: "AWS_ACCESS_KEY_ID is not known to AWS: set the credentials anew",
  InvalidSignatureException: "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID: set both anew",
  IncompleteSignatureException:
    "the credentials are malformed: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY anew",
  ExpiredTokenException:
    "AWS_SESSION_TOKEN has expired: set temporary credentials anew, or use an IAM user's",
  InvalidKMSResourceException:
    "the stream cannot use its KMS key: enable the key and allow Firehose to use it",
};

/** What an operator must do so that delivery goes on; null: nothing, it mends itself. */
export function adviceOn(kind: PutOutcome["kind"] | "partial", code: string): string | null {
  if (kind === "permanent")
    return ADVICE[code] ?? "AWS refuses every call: look the code up and mend its cause";
  if (kind === "refused")
    return "Firehose refuses what is sent: see the dead letters, and that the stream takes Direct PUT";
  return null;
}
