import "vitest";

/** What test/firehose-for-worker.ts, test/feeds-for-worker.ts and test/webhooks-for-worker.ts provide to the Worker's tests. */
declare module "vitest" {
  interface ProvidedContext {
    /** The URL that starts a Firehose stand-in, and answers its URL. */
    firehoses: string;
    /** The URL of a server that answers GET as it was told by PUT. */
    feeds: string;
    /** The URL of a server that keeps what is POSTed to it, and answers as it was told by PUT. */
    webhooks: string;
  }
}

declare global {
  interface ImportMeta {
    /** The text of files: https://vite.dev/guide/features.html#glob-import */
    glob(
      patterns: string[],
      options: { query: "?raw"; import: "default"; eager: true },
    ): Record<string, string>;
  }
}
