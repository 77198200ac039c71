// A database in memory, for tests. It outlives the stores that are opened on it, as a file outlives processes, so that a
// crash can be played; and it is one of its own for each object, so that tests run beside each other.

import { type EpochMs, StepwellError } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { DatabaseSync } from "./database-sync.ts";
import { openStoreOn } from "./open-store.ts";

export class MemoryDatabase {
  /** By which any connection of this process reaches it, for as long as it is open. */
  readonly uri: string;
  readonly #anchor: DatabaseSync;
  #isOwned = false;

  constructor() {
    // Threads of a process, and copies of this module in it, would count to the same name, and have the same database by it.
    this.uri = `file:stepwell-memory-${crypto.randomUUID()}?mode=memory&cache=shared`;
    this.#anchor = new DatabaseSync(this.uri);
  }

  /**
   * Opens it as its owner. Reports are read on the writer's own connection: a second one would find its tables locked.
   *
   * @throws {StepwellError} `database_in_use`: a store is open on it.
   */
  async open(options: { readonly now: EpochMs }): Promise<Store> {
    if (this.#isOwned) throw inUse();
    this.#isOwned = true;
    const release = (): void => {
      this.#isOwned = false;
    };
    return openStoreOn({ ...options, file: this.uri, synchronous: "off", reader: "writer" }, { release });
  }

  /** It is gone with everything in it. */
  close(): void {
    if (this.#anchor.isOpen) this.#anchor.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function inUse(): StepwellError {
  return new StepwellError("database_in_use", "a store is open on this database in memory", {
    retryable: false,
    advice: "Close that store first, or make another database.",
  });
}
