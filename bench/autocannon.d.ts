/** The part of autocannon that the bench uses: the package brings no types. */
declare module "autocannon" {
  interface Client {
    setBody(body: Buffer): void;
    /** The request as it goes over the wire, head and body: sent as it stands when the next one is due. */
    getRequestBuffer(): Buffer;
    on(event: "request", listener: () => void): void;
  }

  interface Options {
    url: string;
    method: "POST";
    headers: Record<string, string>;
    connections: number;
    /** Seconds. */
    duration: number;
    /** Milliseconds between looks at whether the time is up. */
    sampleInt: number;
    setupClient(client: Client): void;
    /** False: counted in `mismatches`. */
    verifyBody(body: string): boolean;
  }

  interface Result {
    /** Seconds. */
    duration: number;
    requests: { sent: number };
    "2xx": number;
    errors: number;
    mismatches: number;
    /** By status. */
    statusCodeStats: Record<string, { count: number }>;
  }

  interface Run {
    on(
      event: "response",
      listener: (client: Client, status: number, bytes: number, milliseconds: number) => void,
    ): void;
  }

  export default function autocannon(
    options: Options,
    done: (error: Error | null, result: Result) => void,
  ): Run;
}
