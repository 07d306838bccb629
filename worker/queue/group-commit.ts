/**
 * Lets concurrent calls share one write. The first to come opens a group; who comes before its timer runs, which is as soon as
 * the calls that have already arrived are taken in, joins it. All of them learn together whether it was written.
 */
export class GroupCommit<Item> {
  readonly #write: (items: readonly Item[]) => void;
  #items: Item[] = [];
  #written: Promise<void> | undefined;

  constructor(write: (items: readonly Item[]) => void) {
    this.#write = write;
  }

  /** What has joined the open group, and is not written yet. */
  get waiting(): readonly Item[] {
    return this.#items;
  }

  /** Settles once the open group is written, or could not be; undefined: none is open. */
  get written(): Promise<void> | undefined {
    return this.#written;
  }

  /** Resolves once the items are written; rejects where their group could not be. */
  add(items: readonly Item[]): Promise<void> {
    this.#items.push(...items);
    this.#written ??= new Promise((resolve, reject) => {
      setTimeout(() => {
        try {
          resolve(this.#close());
        } catch (error) {
          reject(error);
        }
      });
    });
    return this.#written;
  }

  /** The group is open until it is written, so that whoever asks meanwhile what waits is told. */
  #close(): void {
    try {
      this.#write(this.#items);
    } finally {
      this.#items = [];
      this.#written = undefined;
    }
  }
}
