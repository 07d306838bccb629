/** An error as Firehose answers it: `{ "__type": type, "message": message }` with the HTTP `status`. */
export class FirehoseError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = "FirehoseError";
    this.type = type;
    this.status = status;
  }
}
