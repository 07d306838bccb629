import fc, { type Arbitrary } from "fast-check";
import { arbitraryOf, type Names } from "./arbitrary.ts";
import { type Body, bodyOf } from "./body.ts";
import { HOSTILE_HEADERS, HOSTILE_SEGMENTS, HOSTILE_TEXTS } from "./hostile.ts";
import type { Operation, Parameter } from "./openapi.ts";
import { ERASABLE, GAME, GAMES, type Person, PLAYERS, REVOCABLE } from "./people.ts";

/** A request, ready to go over the wire. */
export interface FuzzRequest {
  /** What it was made for; what it meets its path and method decide. */
  operation: Operation;
  person: Person;
  method: string;
  path: string;
  headers: (readonly [string, string])[];
  body: Omit<Body, "headers"> | undefined;
}

/** An event of this name is one that Firehose refuses. */
export const POISON = "poison-canary";

const player = fc.constantFrom(...PLAYERS);
const game = fc.oneof(
  { weight: 9, arbitrary: fc.constant(GAME) },
  { weight: 1, arbitrary: fc.constantFrom(...GAMES) },
);
/** Sent more than once. */
const KNOWN_IDS = Array.from({ length: 20 }, (_, n) => `00000000-0000-4000-8000-${`${n}`.padStart(12, "0")}`);

/** Names of the collector's own, so that requests have to do with one another. */
const NAMES: Names = {
  user_id: player,
  around: player,
  event_id: fc.oneof(
    { weight: 9, arbitrary: fc.uuid() },
    { weight: 1, arbitrary: fc.constantFrom(...KNOWN_IDS) },
  ),
  confirm: fc.integer({ min: 0, max: 3 }),
  period: fc.constantFrom("all", "2026-W47", "2026-11-21"),
  country: fc.constantFrom("DE", "us", "XX"),
  currency: fc.constantFrom("USD", "JPY", "KWD", "XXX"),
  game_id: game,
  game,
  name: fc.oneof(
    { weight: 40, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constant(POISON) },
  ),
};

/** Requests for an operation: most by whoever may, with what it takes; the rest as strangers try. */
export function requestOf(
  operation: Operation,
  operations: readonly Operation[],
  people: readonly Person[],
): Arbitrary<FuzzRequest> {
  const event = operations.find(({ path }) => path === "/v1/events")?.body?.anyOf?.[0];
  const events = fc.array(arbitraryOf(event ?? {}, NAMES), { maxLength: 5 });
  const body = bodyOf(operation.body ?? {}, { ...NAMES, events });
  const takesBody = operation.body !== undefined;
  return fc
    .record({
      person: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...ableOf(people, operation)) },
        { weight: 2, arbitrary: fc.constantFrom(...people) },
      ),
      scheme: fc.oneof(
        { weight: 30, arbitrary: fc.constant("Bearer") },
        { weight: 3, arbitrary: fc.constantFrom("query", "protocol") },
        { weight: 1, arbitrary: fc.constantFrom("bearer ", "Basic", "", "Bearer\t") },
      ),
      method: fc.oneof(
        { weight: 20, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") },
      ),
      pathname: pathnameOf(operation),
      query: queryOf(operation),
      headers: fc.oneof(
        { weight: 8, arbitrary: fc.constant([]) },
        { weight: 3, arbitrary: fc.array(fc.constantFrom(...HOSTILE_HEADERS), { maxLength: 4 }) },
      ),
      isSocket: operation.answers.has(101) ? fc.boolean() : fc.constant(false),
      body: fc.oneof(
        { weight: takesBody ? 30 : 1, arbitrary: takesBody ? body : body.filter(isShort) },
        { weight: takesBody ? 1 : 30, arbitrary: fc.constant(undefined) },
      ),
    })
    .map(({ person, scheme, method, pathname, query, headers, isSocket, body }) => {
      const shown = credentials(person, scheme);
      return {
        operation,
        person,
        method,
        path: pathname + queryString([...query, ...shown.query]),
        headers: [
          ...shown.headers,
          ...(isSocket && method === "GET" ? SOCKET_HEADERS : []), // with HEAD the runtime itself refuses them
          ...(body?.headers ?? []),
          ...headers,
        ],
        body,
      };
    });
}

/** A runtime breaks the connection where much of a body is left that nobody reads, and the answer may go with it. */
const isShort = ({ bytes }: Body) => bytes.byteLength < 16 * 1024;

/** https://www.rfc-editor.org/rfc/rfc6455#section-1.3 */
const SOCKET_HEADERS = [
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
] as const;

/** Those whose key opens an operation of the game, or anybody. */
function ableOf(people: readonly Person[], { role }: Operation): Person[] {
  const able = people.filter((person) => {
    if (person.name.startsWith("fuzz-victim") || person.game === "other_game") return false;
    return person.role !== undefined && (person.role === role || person.role === "admin");
  });
  return role === undefined || able.length === 0 ? [...people] : able;
}

type Pair = readonly [name: string, value: string];

function credentials({ key }: Person, scheme: string): { headers: Pair[]; query: Pair[] } {
  if (key === undefined) return { headers: [], query: [] };
  switch (scheme) {
    case "query":
      return { headers: [], query: [["key", key]] };
    case "protocol":
      return { headers: [["Sec-WebSocket-Protocol", `playtrail.tail, bearer.${key}`]], query: [] };
    default:
      return { headers: [["Authorization", `${scheme} ${key}`]], query: [] };
  }
}

function pathnameOf({ path }: Operation): Arbitrary<string> {
  const segments = path.split("/").map((segment): Arbitrary<string> => {
    const name = segment.match(/^\{(\w+)\}$/)?.[1];
    if (segment === "") return fc.constant(segment); // what precedes the first slash
    if (name === undefined) {
      return fc.oneof(
        { weight: 300, arbitrary: fc.constant(segment) },
        { weight: 1, arbitrary: fc.constantFrom(`${segment}/`, segment.toUpperCase(), `${segment}%20`) },
      );
    }
    return fc.oneof(
      { weight: 9, arbitrary: SEGMENTS[name] ?? fc.constant(name) },
      { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_SEGMENTS) },
      { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_TEXTS).map(percent) },
    );
  });
  return fc.tuple(...segments).map((parts) => parts.join("/"));
}

const SEGMENTS: Record<string, Arbitrary<string>> = {
  game: fc.oneof({ weight: 9, arbitrary: game }, { weight: 1, arbitrary: fc.constant("*") }),
  user: fc.constantFrom(...ERASABLE),
  id: fc.constantFrom(...REVOCABLE),
  board: fc.constantFrom("high_score", "purchases", "no_board"),
};

function queryOf({ parameters }: Operation): Arbitrary<Pair[]> {
  const known = parameters.filter((parameter) => parameter.in === "query").map(pairsOf);
  const strange = fc.constantFrom<Pair[]>(["key", ""], ["__proto__", "1"], ["", ""], ["attempt", "1e9"]);
  const more = fc.oneof(
    { weight: 12, arbitrary: fc.constant<Pair[]>([]) },
    { weight: 1, arbitrary: fc.array(strange, { maxLength: 3 }) },
  );
  return fc.tuple(...known, more).map((parts) => parts.flat());
}

/** A parameter once, not at all, twice, or with what it must not be. */
function pairsOf({ name, required, schema }: Parameter): Arbitrary<Pair[]> {
  const value = (NAMES[name] ?? arbitraryOf(schema, NAMES)).map(String);
  return fc.oneof(
    { weight: required ? 8 : 3, arbitrary: value.map((text): Pair[] => [[name, text]]) },
    { weight: required ? 1 : 6, arbitrary: fc.constant<Pair[]>([]) },
    {
      weight: 1,
      arbitrary: fc.tuple(value, value).map((texts): Pair[] => texts.map((text) => [name, text])),
    },
    { weight: 2, arbitrary: fc.constantFrom(...HOSTILE_TEXTS).map((text): Pair[] => [[name, text]]) },
  );
}

function queryString(pairs: readonly Pair[]): string {
  if (pairs.length === 0) return "";
  return `?${pairs.map(([name, value]) => `${percent(name)}=${percent(value)}`).join("&")}`;
}

/** As a browser would write it. Cut where the runtime itself would refuse the URL, with 414. */
function percent(text: string): string {
  return encodeURIComponent(text.slice(0, 1_500).toWellFormed());
}
