// Runs that were leased in the commit that woke them. They wait here, as what the store says of them, until there is room to load
// them: ten thousand that one event wakes are not ten thousand runs with their results in memory.

import type { RunId } from "@stepwell/protocol";
import type { ClaimedItem } from "@stepwell/store";

/** The next wakes queue beyond so many. */
const wokenMax = 20_000;

export class WokenRuns {
  readonly #items = new Map<RunId, ClaimedItem>();

  get size(): number {
    return this.#items.size;
  }

  get hasRoom(): boolean {
    return this.#items.size < wokenMax;
  }

  has(runId: RunId): boolean {
    return this.#items.has(runId);
  }

  add(item: ClaimedItem): void {
    this.#items.set(item.runId, item);
  }

  /** The first ones, in the order in which they were woken. */
  take(count: number): readonly ClaimedItem[] {
    const taken: ClaimedItem[] = [];
    for (const item of this.#items.values()) {
      if (taken.length >= count) break;
      taken.push(item);
    }
    for (const { runId } of taken) this.#items.delete(runId);
    return taken;
  }
}
