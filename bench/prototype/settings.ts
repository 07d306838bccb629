/** What the prototype is told when it starts, as JSON in its one argument. */
export interface PrototypeSettings {
  port: number;
  /** What requests must carry as a bearer token. */
  apiKey: string;
  firehose: FirehoseTarget;
}

/** Where the prototype delivers to. */
export interface FirehoseTarget {
  url: string;
  stream: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** What `GET /stats` answers: events since the process was started. */
export interface PrototypeStats {
  /** In memory, and nowhere else. */
  waiting: number;
  delivered: number;
}
