import { reach } from "../http/reach.ts";

/** Tells each queue, side by side, and waits for all of them: where one does not answer, the others have heard it nevertheless. */
export async function tellAll<Answer>(
  queues: readonly string[],
  tell: (queue: string) => Promise<Answer>,
  detail: string,
): Promise<Answer[]> {
  const telling = queues.map((queue) => reach("queue", detail, tell(queue), queue));
  await Promise.allSettled(telling);
  return Promise.all(telling);
}
