import { Buffer } from "node:buffer";

/**
 * The header that proves that a body is the collector's and when it was sent: `t=<seconds since 1970>,v1=<hex of HMAC-SHA256>` of the
 * time, a point and the body, as Stripe does it: https://docs.stripe.com/webhooks#verify-manually
 */
export async function signatureOf(secret: string, body: string, now: number): Promise<string> {
  const seconds = Math.floor(now / 1_000);
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`${seconds}.${body}`));
  return `t=${seconds},v1=${Buffer.from(mac).toString("hex")}`;
}
