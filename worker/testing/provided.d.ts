import "vitest";

/** What test/firehose-for-worker.ts provides to the Worker's tests. */
declare module "vitest" {
  interface ProvidedContext {
    /** The URL of a Firehose stand-in. */
    firehose: string;
  }
}
