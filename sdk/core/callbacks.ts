/**
 * Makes a game's callback harmless. What it throws, or rejects with, goes to the console; and while it runs it is not called again,
 * for an `onDrop` that reports an event that is dropped in turn would never end.
 */
export function harmless<Value>(
  name: string,
  callback: ((value: Value) => unknown) | undefined,
): (value: Value) => void {
  let running = false;
  const report = (error: unknown) => console.error(`playtrail: your ${name} failed`, error);
  return (value) => {
    if (!callback || running) return;
    running = true;
    try {
      Promise.resolve(callback(value)).catch(report);
    } catch (error) {
      report(error);
    } finally {
      running = false;
    }
  };
}
