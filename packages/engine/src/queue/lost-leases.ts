// After a write of unknown outcome, what the store says is held here and is not in hand is given back, and comes again
// through the queue. Nothing is guessed: the store is asked.

import type { ItemId, RunId } from "@stepwell/protocol";
import { rankUnderWay, type Store } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";

export interface LostLeasesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly writer: BatchWriter;
  readonly isInHand: (itemId: ItemId | RunId) => boolean;
  /** A claim is under way: what it brings is held and not in hand yet. */
  readonly isClaiming: () => boolean;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
}

/** How long after a failure of the store the look comes: by then what was under way has settled. */
const lookAfterMs = 250;

export class LostLeases {
  readonly #parts: LostLeasesParts;
  #isWaiting = false;
  #isStopped = false;

  constructor(parts: LostLeasesParts) {
    this.#parts = parts;
  }

  /** Looks a little later; several calls are one look. */
  look(): number {
    if (!this.#isWaiting && !this.#isStopped) {
      this.#isWaiting = true;
      this.#parts.clock.after(lookAfterMs, () => void this.#giveBack());
    }
    return lookAfterMs;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #giveBack(): Promise<void> {
    const { store, writer, isInHand, isClaiming, onFailure } = this.#parts;
    this.#isWaiting = false;
    if (this.#isStopped) return;
    if (!writer.isIdle || isClaiming()) return void this.look();
    try {
      const held = await store.queue.listHeld({ holderId: store.holder.id });
      // What was leased while the store answered is held, and comes into the hand only now.
      if (!writer.isIdle || isClaiming()) return void this.look();
      const lost = held.filter(({ itemId }) => !isInHand(itemId));
      await Promise.all(
        lost.map(({ lease, queuedAt, priorityMs }) => writer.commit({ kind: "release", lease, rank: rankUnderWay(queuedAt, priorityMs) })),
      );
    } catch (error) {
      onFailure(error, this.look());
    }
  }
}
