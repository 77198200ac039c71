import type { Clock } from "@stepwell/engine";
import type { VirtualClock } from "@stepwell/engine/testing";
import type { EpochMs } from "@stepwell/protocol";
import { atEndOfTurn } from "./real-time.ts";

/**
 * The clock of one life of the engine. Its time stands still until the kit moves it, and its turns are those of the real event
 * loop, so that whoever awaits a send needs nobody to push it. After `end` nothing of that life is called back.
 */
export class LifeClock implements Clock {
  readonly #time: VirtualClock;
  #deferred = 0;
  #isOver = false;

  constructor(time: VirtualClock) {
    this.#time = time;
  }

  /** Something is to be done at the end of this turn. */
  get isBusy(): boolean {
    return this.#deferred > 0;
  }

  end(): void {
    this.#isOver = true;
    this.#deferred = 0;
  }

  now(): EpochMs {
    return this.#time.now();
  }

  wakeAt(at: EpochMs, callback: () => void): () => void {
    return this.#time.wakeAt(at, this.#whileAlive(callback));
  }

  after(ms: number, callback: () => void): () => void {
    return this.#time.after(ms, this.#whileAlive(callback));
  }

  defer(callback: () => void): void {
    if (this.#isOver) return;
    this.#deferred += 1;
    atEndOfTurn(() => {
      if (this.#isOver) return;
      this.#deferred -= 1;
      callback();
    });
  }

  stopwatchMs(): number {
    return 0;
  }

  #whileAlive(callback: () => void): () => void {
    return () => {
      if (!this.#isOver) callback();
    };
  }
}
