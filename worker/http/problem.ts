import * as z from "zod";

/** An error answer: https://www.rfc-editor.org/rfc/rfc9457 */
export const problemSchema = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.string().meta({ description: "stable and machine-readable" }),
  detail: z.string().meta({ description: "what is wrong, the limit, and what to do" }),
  request_id: z.string(),
});

const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export type ProblemStatus = keyof typeof TITLES;

/** Thrown wherever a request cannot be served; the app turns it into the answer. */
export class Problem extends Error {
  readonly status: ProblemStatus;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: ProblemStatus, code: string, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  toResponse(requestId: string): Response {
    const body: z.infer<typeof problemSchema> = {
      type: "about:blank",
      title: TITLES[this.status],
      status: this.status,
      code: this.code,
      detail: this.message,
      request_id: requestId,
    };
    const headers = {
      "Content-Type": "application/problem+json",
      "X-Request-Id": requestId,
      ...this.headers,
    };
    return new Response(JSON.stringify(body), { status: this.status, headers });
  }
}
