// Tells the store which lanes breakers hold.
//
// H1. What is told of one breaker is told one after the other, the newest last: a hold that took its time must not come after
//     the end of itself.
// H2. When the store fails, it is told again, after longer each time. A breaker that is open and holds nothing would be no breaker.

import type { EpochMs } from "@stepwell/protocol";
import { breakerConstraint, type QueueStore, type WakeHint } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";
import type { BreakerSubject } from "./breakers.ts";

export interface HeldLanesParts {
  readonly queue: Pick<QueueStore, "hold">;
  readonly clock: Clock;
  /** The store knows of it. */
  readonly onTold: (hint: WakeHint) => void;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
}

/** `until` is absent where the breaker is closed. */
interface Wish {
  readonly subject: BreakerSubject;
  readonly until: EpochMs | undefined;
}

const retryMsMin = 50;
const retryMsMax = 5_000;

export class HeldLanes {
  readonly #parts: HeldLanesParts;
  /** What the store does not know of yet, by breaker. */
  readonly #wishes = new Map<string, Wish>();
  readonly #telling = new Map<string, Promise<void>>();
  /** Those that wait for the store to be well. */
  readonly #goOn = new Set<() => void>();
  #isStopped = false;

  constructor(parts: HeldLanesParts) {
    this.#parts = parts;
  }

  /** After this nothing is told again: who opens the file next says what is held. */
  stop(): void {
    this.#isStopped = true;
    for (const goOn of this.#goOn) goOn();
  }

  /**
   * While a breaker is open nothing of it is claimed; then one call at a time is, until it is closed. Resolves when the store knows of
   * it, or of what was wished since.
   */
  set(subject: BreakerSubject, until: EpochMs | undefined): Promise<void> {
    const id = JSON.stringify([subject.functionId, subject.value]);
    this.#wishes.set(id, { subject, until });
    const known = this.#telling.get(id);
    if (known !== undefined) return known;
    const telling = this.#tell(id);
    this.#telling.set(id, telling);
    return telling;
  }

  async #tell(id: string): Promise<void> {
    let retryMs = retryMsMin;
    for (let wish = this.#wishes.get(id); wish !== undefined; wish = this.#wishes.get(id)) {
      try {
        await this.#hold(wish);
        retryMs = retryMsMin;
        if (this.#wishes.get(id) === wish) this.#wishes.delete(id);
      } catch (error) {
        if (this.#isStopped) this.#wishes.delete(id);
        else {
          this.#parts.onFailure(error, retryMs);
          await this.#pause(retryMs);
          retryMs = Math.min(retryMsMax, retryMs * 2);
        }
      }
    }
    this.#telling.delete(id);
  }

  async #hold({ subject: { functionId, value }, until }: Wish): Promise<void> {
    const held = { functionId, ...(value === undefined ? {} : { constraint: breakerConstraint(value) }) };
    await this.#parts.queue.hold(until === undefined ? held : { ...held, until, thenOne: true });
    this.#parts.onTold(until === undefined ? { ready: true } : { ready: false, dueAt: until });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        callOff();
        this.#goOn.delete(goOn);
        resolve();
      };
      const callOff = this.#parts.clock.after(ms, goOn);
      this.#goOn.add(goOn);
    });
  }
}
