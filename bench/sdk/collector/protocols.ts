/** An event as it arrived. */
export interface Arrival {
  /** The number that the bench gave it. */
  n: number;
  /** By what a collector can tell a second copy from a second event; absent where the SDK sends nothing of the kind. */
  id: string | undefined;
}

/** How one SDK talks to its collector: as much as it takes to find the events and to content the SDK. */
export interface Protocol {
  /** The path that its events go to. */
  path: RegExp;
  /** The events in a request. `text` is its body, unpacked. */
  read(text: string, url: URL): Arrival[];
  /** The answer to events that were taken. */
  answer(arrivals: Arrival[]): Answer;
}

/** Text goes as it is, anything else as JSON. */
export interface Answer {
  status: number;
  body: unknown;
}

const ok = (body: unknown) => () => ({ status: 200, body });

const playtrail: Protocol = {
  path: /^\/v1\/events$/,
  read(text) {
    const envelope = parse(text);
    const seed = at(envelope, "id_seed");
    return list(at(envelope, "events")).map((event) =>
      arrival(at(event, "properties", "n"), at(event, "event_id") ?? `${seed}/${at(event, "seq")}`),
    );
  },
  answer: (arrivals) => ({
    status: 202,
    body: {
      request_id: "bench",
      received_at: new Date().toISOString(),
      accepted: arrivals.length,
      duplicates: 0,
      rejected: 0,
      retry: 0,
      results: [],
    },
  }),
};

const posthog: Protocol = {
  path: /^\/(batch|e)\/?$/, // Node's, and a page's
  read(text) {
    const isForm = text.startsWith("data=");
    const body = parse(isForm ? fromBase64(new URLSearchParams(text).get("data") ?? "") : text);
    return list(at(body, "batch")).map((event) => arrival(at(event, "properties", "n"), at(event, "uuid")));
  },
  answer: ok({ status: "Ok" }),
};

const segment: Protocol = {
  path: /^\/v1\/batch$/,
  read: (text) =>
    list(at(parse(text), "batch")).map((event) =>
      arrival(at(event, "properties", "n"), at(event, "messageId")),
    ),
  answer: ok({ success: true }),
};

const snowplow: Protocol = {
  path: /^\/com\.snowplowanalytics\.snowplow\/tp2$/,
  read: (text) =>
    list(at(parse(text), "data")).map((event) => {
      const packed = at(event, "ue_px");
      const plain =
        typeof packed === "string" ? Buffer.from(packed, "base64url").toString() : at(event, "ue_pr");
      return arrival(at(parse(String(plain)), "data", "data", "n"), at(event, "eid"));
    }),
  answer: ok("ok"),
};

const amplitude: Protocol = {
  path: /^\/2\/httpapi$/,
  read: (text) =>
    list(at(parse(text), "events")).map((event) =>
      arrival(at(event, "event_properties", "n"), at(event, "insert_id")),
    ),
  answer: (arrivals) => ({ status: 200, body: { code: 200, events_ingested: arrivals.length } }),
};

const mixpanel: Protocol = {
  path: /^\/track\/?$/,
  read(text, url) {
    const packed = url.searchParams.get("data") ?? new URLSearchParams(text).get("data") ?? "";
    const events = parse(fromBase64(packed));
    return (Array.isArray(events) ? events : [events]).map((event) =>
      arrival(at(event, "properties", "n"), at(event, "properties", "$insert_id")),
    );
  },
  answer: ok("1"),
};

const gameanalytics: Protocol = {
  path: /^\/v2\/\w+\/events$/,
  read: (text) =>
    list(parse(text))
      .filter((event) => at(event, "category") === "design") // not its own reports of sessions and errors
      .map((event) => arrival(at(event, "custom_fields", "n"), undefined)),
  answer: ok({}),
};

const PROTOCOLS = [playtrail, posthog, segment, snowplow, amplitude, mixpanel, gameanalytics];

/** The protocol of a request; none where it does not carry events. */
export function protocolOf(pathname: string): Protocol | undefined {
  return PROTOCOLS.find(({ path }) => path.test(pathname));
}

function arrival(n: unknown, id: unknown): Arrival {
  return { n: Number(n), id: typeof id === "string" ? id : undefined };
}

/** Of a form: a "+" that was not escaped reads as a space there. */
function fromBase64(packed: string): string {
  return Buffer.from(packed.replaceAll(" ", "+"), "base64").toString();
}

/** The value at a path of names, `undefined` where there is none. */
function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
    value,
  );
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
