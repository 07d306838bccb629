/** The game of a queue, by the queue's name: `awesome_game` of `awesome_game/enam/0`. */
export function gameOf(queue: string): string {
  return queue.slice(0, queue.indexOf("/"));
}
