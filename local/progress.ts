import { clearLine, cursorTo } from "node:readline";

/** How far events have come since the start. */
export interface Counts {
  /** Reported by the players to the SDK. */
  sent: number;
  /** Held by the collector. */
  accepted: number;
  rejected: number;
  /** Given up by the SDK. */
  dropped: number;
  /** Lines that Firehose took, whoever sent them: exchange rates are among them. */
  delivered: number;
  /** Objects written. */
  objects: number;
}

const TERMINAL_EVERY_MS = 1_000;
const LOG_EVERY_MS = 5_000;

/** Shows `read()` again and again, on one line that changes (a terminal) or line by line, until the returned function is called. */
export function showProgress(read: () => Counts): () => void {
  const { stdout } = process;
  const show = stdout.isTTY ? repaint : () => console.log(describeProgress(read()));
  const timer = setInterval(show, stdout.isTTY ? TERMINAL_EVERY_MS : LOG_EVERY_MS);

  function repaint(): void {
    cursorTo(stdout, 0);
    clearLine(stdout, 0);
    // A line that wraps could not be painted over. Some terminals say that they have no columns.
    stdout.write(describeProgress(read()).slice(0, (stdout.columns || 80) - 1));
  }

  return () => {
    clearInterval(timer);
    show();
    if (stdout.isTTY) stdout.write("\n");
  };
}

/** One line for people. What should not happen is mentioned only where it does. */
export function describeProgress(counts: Counts): string {
  const { sent, accepted, delivered, objects, rejected, dropped } = counts;
  const parts = [
    `players sent ${sent} events`,
    `accepted ${accepted}`,
    `delivered ${delivered} lines`,
    `objects ${objects}`,
    ...(rejected > 0 ? [`rejected ${rejected}`] : []),
    ...(dropped > 0 ? [`dropped ${dropped}`] : []),
  ];
  return parts.join(" · ");
}
