import * as z from "zod";
import { grants } from "../../worker/auth/keys.ts";
import { type Operation, operationAt, type Schema } from "./openapi.ts";
import { PLAYERS } from "./people.ts";
import type { FuzzRequest } from "./request.ts";
import type { Answer } from "./send.ts";

/** What must be told to nobody. */
export interface Secrets {
  /** Words that no answer and no log line may hold. */
  words: readonly string[];
  /** Words that no refusal and no log line may hold besides: who mints a key is told it. */
  keys: readonly string[];
}

/** The longest problem that helps anybody. */
const MAX_PROBLEM_CHARACTERS = 2_500;

/** Of our own code, and of what stands below it. What was sent comes back as JSON, in which a newline is two characters. */
const INNARDS = /\\n\s+at |\n\s+at |worker\.mjs|node_modules|SQLITE_|SqliteError|RangeError|TypeError/;

const problemSchema = z.strictObject({
  type: z.literal("about:blank"),
  title: z.string().min(3),
  status: z.int(),
  code: z.string().regex(/^[a-z0-9_]+$/),
  detail: z.string().min(1),
  request_id: z.string(),
});

/** What is wrong with an answer, in words; empty: nothing. */
export function problemsOf(
  request: FuzzRequest,
  answer: Answer,
  operations: readonly Operation[],
  secrets: Secrets,
): string[] {
  const [pathname = ""] = request.path.split("?");
  const operation = operationAt(operations, request.method, pathname);
  return [
    ...serverErrors(answer),
    ...namelessness(request, answer),
    ...trespasses(request, answer, operation, pathname),
    ...(operation === undefined
      ? straying(request, answer)
      : undescribed(operation, answer, request.method === "HEAD")),
    ...leaks(answer, secrets),
    ...(answer.headers["x-injected"] === undefined ? [] : ["a header was injected"]),
  ];
}

function serverErrors({ status, headers }: Answer): string[] {
  if (status < 500) return [];
  if (status !== 503) return [`answered ${status}`];
  if (headers["content-type"] === "application/json") return []; // /ready, whose 503 is what it was asked for
  return headers["retry-after"] === undefined ? ["503 without Retry-After"] : [];
}

/** Every answer has its request's name: the caller's, where that was one. */
function namelessness({ headers }: FuzzRequest, answer: Answer): string[] {
  const id = answer.headers["x-request-id"];
  if (id === undefined || !/^[\w\-=]{1,255}$/.test(id)) return ["X-Request-Id is missing or no id"];
  const sent = headers.filter(([name]) => name === "X-Request-Id").map(([, value]) => value);
  const wanted = sent.length === 1 && /^[\w\-=]{1,255}$/.test(sent[0] ?? "") ? sent[0] : undefined;
  return wanted === undefined || wanted === id ? [] : ["X-Request-Id is not the caller's"];
}

/** Nobody is let in but by a good key: of a role that may, for the path's game. */
function trespasses(
  { person: { role, game, player } }: FuzzRequest,
  { status }: Answer,
  operation: Operation | undefined,
  pathname: string,
): string[] {
  if (status >= 400 || operation?.role === undefined) return [];
  if (role === undefined) return ["let in without a good key"];
  const isPlayers = player !== undefined && /\/leaderboards|\/stats$/.test(operation.path);
  const [, , , named = ""] = operation.path.includes("{game}") ? pathname.split("/") : [];
  const isTheirs = game === "*" || named === "" || decodeURIComponent(named) === game;
  return [
    ...(isPlayers || grants(role, operation.role) ? [] : [`let in with a key of role ${role}`]),
    ...(isTheirs ? [] : ["let in with a key of another game"]),
  ];
}

/** Where no operation is: 404, or what tells a browser that it may send events. */
function straying({ method }: FuzzRequest, answer: Answer): string[] {
  if (method === "OPTIONS" && answer.status === 204) return [];
  if (answer.status !== 404) return [`answered ${answer.status} where nothing is`];
  return method === "HEAD" ? [] : problemProblems(answer, undefined);
}

/** Against what the document says of the operation. */
function undescribed({ answers }: Operation, answer: Answer, isHead: boolean): string[] {
  const described = answers.get(answer.status);
  if (described === undefined) return [`answered ${answer.status}, which is not described`];
  if (answer.status === 101 || isHead) return [];
  const mediaType = answer.headers["content-type"]?.split(";")[0] ?? "";
  if (described.size > 0 && !described.has(mediaType)) return [`${mediaType} is not described`];
  const schema = described.get(mediaType);
  if (mediaType === "application/problem+json") return problemProblems(answer, schema);
  if (mediaType !== "application/json" || schema === undefined) return [];
  const { error } = validatorOf(schema).safeParse(parsed(answer.text));
  return error === undefined
    ? []
    : [`the answer is not as described: ${z.prettifyError(error).slice(0, 300)}`];
}

function problemProblems(answer: Answer, schema: Schema | undefined): string[] {
  if (answer.headers["content-type"] !== "application/problem+json")
    return ["an error that is no problem+json"];
  const { data, error } = problemSchema.safeParse(parsed(answer.text));
  if (error) return [`no problem: ${z.prettifyError(error).slice(0, 300)}`];
  const codes = schema === undefined ? ["not_found"] : codesOf(schema);
  return [
    ...(data.status === answer.status ? [] : [`a problem of status ${data.status}`]),
    ...(data.request_id === answer.headers["x-request-id"] ? [] : ["a problem with another request's id"]),
    ...(codes.includes(data.code) ? [] : [`${data.code} is not described`]),
    ...(answer.text.length > MAX_PROBLEM_CHARACTERS ? [`a problem of ${answer.text.length} characters`] : []),
    ...(answer.status !== 401 || answer.headers["www-authenticate"] ? [] : ["401 without WWW-Authenticate"]),
    ...(answer.status !== 429 || answer.headers["retry-after"] ? [] : ["429 without Retry-After"]),
  ];
}

function codesOf(schema: Schema): unknown[] {
  return (schema.allOf ?? []).flatMap((part) => part.properties?.code?.enum ?? []);
}

const validators = new WeakMap<Schema, z.ZodType>();

function validatorOf(schema: Schema): z.ZodType {
  const known = validators.get(schema);
  if (known) return known;
  const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  validators.set(schema, validator);
  return validator;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function leaks({ status, headers, text }: Answer, { words, keys }: Secrets): string[] {
  const all = `${JSON.stringify(headers)}\n${text}`;
  const leaked = [...words, ...(status >= 400 ? keys : [])].filter((word) => all.includes(word));
  const innards = text.match(INNARDS)?.[0];
  return [
    ...leaked.map(() => "a secret"),
    ...(innards === undefined ? [] : [`innards: ${JSON.stringify(innards)}`]),
  ];
}

/** What is wrong with a line that the Worker logged; empty: nothing. */
export function logProblems(line: string, { words, keys }: Secrets): string[] {
  const entry = parsed(line) as { event?: unknown; level?: unknown } | undefined;
  const isEntry = typeof entry?.event === "string" && typeof entry.level === "string";
  return [
    ...(isEntry ? [] : ["a line that is not the Worker's own"]),
    ...(entry?.event === "unexpected" ? ["an unexpected error"] : []),
    ...(words.some((word) => line.includes(word)) ? ["a secret"] : []),
    ...(keys.some((key) => line.includes(key)) ? ["a key"] : []),
    ...(PLAYERS.some((player) => line.includes(player)) ? ["a player's id"] : []),
  ];
}
