/** Where alerts go. */
export type Destination =
  /** Nowhere: nothing is sent. */
  | { kind: "none" }
  /** `problem` does not repeat the URL, which is a secret. */
  | { kind: "wrong"; problem: string }
  | {
      kind: "webhook";
      url: string;
      /** Empty: messages are not signed. */
      secret: string;
    };

interface Settings {
  ALERT_WEBHOOK_URL: string;
  ALERT_WEBHOOK_SECRET: string;
  FIREHOSE_ENDPOINT: string;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Names that networks of their own use, and no public one: RFC 6761, RFC 6762, RFC 8375, and ICANN's resolution on .internal. */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".internal", ".home.arpa"];

/**
 * Where the settings send alerts. Only to a public host by https, so that no one who may set the URL makes the Worker ask a machine of
 * a private network: no address in place of a name, no name without a dot, none of a private network. What a name resolves to a Worker
 * cannot know; Cloudflare's network routes to public addresses alone. A laptop may send to itself: it is one where Firehose is a
 * stand-in on it.
 */
export function destinationOf({
  ALERT_WEBHOOK_URL,
  ALERT_WEBHOOK_SECRET,
  FIREHOSE_ENDPOINT,
}: Settings): Destination {
  if (ALERT_WEBHOOK_URL === "") return { kind: "none" };
  const url = URL.parse(ALERT_WEBHOOK_URL);
  const problem =
    url === null ? "must be an https URL" : problemOf(url, isLoopback(URL.parse(FIREHOSE_ENDPOINT)));
  if (problem !== null) return { kind: "wrong", problem: `ALERT_WEBHOOK_URL ${problem}` };
  return { kind: "webhook", url: ALERT_WEBHOOK_URL, secret: ALERT_WEBHOOK_SECRET };
}

function problemOf(url: URL, isLaptop: boolean): string | null {
  if (url.username !== "" || url.password !== "") return "may hold no user and password";
  if (isLaptop && isLoopback(url)) return /^https?:$/.test(url.protocol) ? null : "must be an https URL";
  if (url.protocol !== "https:") return "must be an https URL";
  return isPublicName(url.hostname) ? null : "must name a public host, and not by its address";
}

function isLoopback(url: URL | null): boolean {
  return url !== null && LOOPBACK.has(url.hostname);
}

/** The URL's parser has written every form of an IPv4 address as four numbers, and brackets around IPv6. */
function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  const isAddress = name.startsWith("[") || /^[\d.]+$/.test(name);
  return !isAddress && name.includes(".") && !PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix));
}
