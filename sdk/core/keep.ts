/** Where a platform keeps what must outlive a client. Its methods never throw: where it cannot keep, the client goes on in memory. */
export interface Keep {
  /** What is known of this device (`device.ts`): at once, or later where the platform reads no sooner. */
  readDevice(): string | null | Promise<string | null>;
  saveDevice(text: string): void;
  /** Keeps this run's queue (`snapshot.ts`) in place of what it kept before; `null`: it is empty. */
  saveQueue(text: string | null): void;
  /** Hands over each queue that another run left behind, once, now or later. `take` has kept it when it returns; false: it is no snapshot, or may not be taken now. */
  adopt(take: (text: string) => boolean): void;
  /** Leaves a note for the page that follows in the same tab, which takes it away by reading it. */
  saveNote?(text: string): void;
  takeNote?(): string | null;
  /** Erases all of it. */
  erase(): void;
}

/** Keeps nothing. */
export const NO_KEEP: Keep = {
  readDevice: () => null,
  saveDevice() {},
  saveQueue() {},
  adopt() {},
  erase() {},
};
