// How often each item was put off in a row because its app asked for a pause.
//
// In memory: a process that begins anew counts anew, and each pause is a second at least.

import { type ItemId, limits, type RunId } from "@stepwell/protocol";

export class PutOffs {
  /** The one that changed last at the end. */
  readonly #counts = new Map<ItemId | RunId, number>();

  /** False: it was put off as often as may be; the call is an attempt that failed, and the count begins anew. */
  add(itemId: ItemId | RunId): boolean {
    const count = (this.#counts.get(itemId) ?? 0) + 1;
    this.#counts.delete(itemId);
    if (count > limits.putOffsInARowMax) return false;
    const [oldest] = this.#counts.keys();
    if (oldest !== undefined && this.#counts.size >= limits.putOffItemsMax) this.#counts.delete(oldest);
    this.#counts.set(itemId, count);
    return true;
  }

  /** The app answered. */
  forget(itemId: ItemId | RunId): void {
    if (this.#counts.size > 0) this.#counts.delete(itemId);
  }
}
