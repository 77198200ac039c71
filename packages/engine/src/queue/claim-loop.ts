// The claim loop takes due items and hands each to an attempt.
//
// It owns when to look again. It does not own how many calls are under way (hands.ts) or what an attempt does.
//
// L1. There is no tick. The loop sleeps until the earliest due time it knows of, or until somebody wakes it. A wake-up
//     may be late or doubled: it only ends a sleep.
// L2. One claim is under way at a time. What was claimed is in hand, or was handed back, before the next one.
// L3. When the store fails, the loop waits, longer each time, and keeps what it has in hand.
// L4. A claim is a commit: places that become free in one turn of the event loop are filled by one.

import type { EpochMs } from "@stepwell/protocol";
import type { ClaimedItem, ClaimResult, FunctionId, Store, WakeHint } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";
import type { WokenRuns } from "./woken-runs.ts";

export interface ClaimLoopParts {
  readonly store: Store;
  readonly clock: Clock;
  /** How many items may be claimed now. */
  readonly room: () => number;
  /** Functions whose runs wait: they are passed over. */
  readonly except: () => readonly FunctionId[];
  /** Runs that are leased already and wait for room. */
  readonly woken: WokenRuns;
  readonly take: (items: readonly ClaimedItem[]) => Promise<void>;
  /** The claim is over, however it went: what room it left is somebody else's. */
  readonly onOver: () => void;
  readonly onReadiness: (rowsAreReady: boolean) => void;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
}

/** As many as there are places for calls: to fill them takes one commit, and not a second one for the last few. */
const itemsPerClaimMax = 250;
const itemsPerLaneTurn = 20;
const retryMsMin = 50;
const retryMsMax = 5_000;

export class ClaimLoop {
  readonly #parts: ClaimLoopParts;
  #isClaiming = false;
  #isStopped = true;
  #willLook = false;
  #hasMore = false;
  #dueAt: EpochMs | undefined;
  #callOff: (() => void) | undefined;
  #retryMs = retryMsMin;
  #isTurnOfWoken = false;

  constructor(parts: ClaimLoopParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isStopped = false;
    this.#hasMore = true;
    this.look();
  }

  /** After this nothing is claimed. */
  stop(): void {
    this.#isStopped = true;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  get isClaiming(): boolean {
    return this.#isClaiming;
  }

  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** Something became due, or will. */
  wake(hint: WakeHint): void {
    if (hint.dueAt !== undefined) this.#sleepUntil(hint.dueAt);
    if (!hint.ready) return;
    this.#setMore(true);
    this.look();
  }

  /** A place became free. Those whose calls were recorded by one commit leave one after the other, in the same turn. */
  onRoom(): void {
    if (this.#willLook || this.#isStopped || this.#isClaiming || !this.#hasMore) return;
    this.#willLook = true;
    this.#parts.clock.defer(() => {
      this.#willLook = false;
      this.look();
    });
  }

  /** There may be something to claim. */
  look(): void {
    if (this.#isStopped || this.#isClaiming || !this.#hasMore || this.#parts.room() <= 0) return;
    this.#isClaiming = true;
    void this.#claim();
  }

  async #claim(): Promise<void> {
    try {
      const { woken } = this.#parts;
      const limit = Math.min(itemsPerClaimMax, this.#parts.room());
      // Neither the queue nor the runs that wait here can keep the other from its turn.
      this.#isTurnOfWoken = !this.#isTurnOfWoken;
      const first = this.#isTurnOfWoken ? Math.min(limit, woken.size) : 0;
      const result = first < limit ? await this.#claimFromQueue(limit - first) : { items: [], more: true };
      const items = [...result.items, ...woken.take(limit - result.items.length)];
      this.#setMore(result.more || woken.size > 0);
      if (result.nextDueAt !== undefined) this.#sleepUntil(result.nextDueAt);
      await this.#parts.take(items);
      this.#retryMs = retryMsMin;
      this.#isClaiming = false;
      this.#parts.onOver();
      // In a later turn, so that ten thousand items that are due together do not hold up everything else.
      if (this.#hasMore) this.#parts.clock.defer(() => this.look());
    } catch (error) {
      this.#isClaiming = false;
      this.#parts.onOver();
      this.#backOff(error);
    }
  }

  #claimFromQueue(limit: number): Promise<ClaimResult> {
    const { store, clock } = this.#parts;
    return store.queue.claim({
      holderId: store.holder.id,
      epoch: store.holder.epoch,
      now: clock.now(),
      limit,
      perLane: itemsPerLaneTurn,
      except: this.#parts.except(),
    });
  }

  #backOff(error: unknown): void {
    this.#parts.onFailure(error, this.#retryMs);
    this.#setMore(true);
    this.#parts.clock.after(this.#retryMs, () => this.look());
    this.#retryMs = Math.min(retryMsMax, this.#retryMs * 2);
  }

  #sleepUntil(dueAt: EpochMs): void {
    if (this.#isStopped || (this.#dueAt !== undefined && this.#dueAt <= dueAt)) return;
    this.#callOff?.();
    this.#dueAt = dueAt;
    this.#callOff = this.#parts.clock.wakeAt(dueAt, () => {
      this.#dueAt = undefined;
      this.#callOff = undefined;
      this.#setMore(true);
      this.look();
    });
  }

  #setMore(hasMore: boolean): void {
    this.#hasMore = hasMore;
    this.#parts.onReadiness(hasMore);
  }
}
