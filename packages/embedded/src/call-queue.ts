// Begins calls one after the other, each when the one before has come as far as it comes without the world outside. Begun all
// at once, hundreds of executions would be alive together, and each collection of garbage would carry them along.

import { inLaterTurn, microtasksDone, type Waiting } from "./microtasks-done.ts";

/** So long others wait for their turn of the event loop while calls are begun, in ms. */
const turnMsMax = 10;
/** How often the time is asked for, in calls. */
const callsPerLook = 16;

export interface QueuedCall {
  begin(): void;
}

export class CallQueue implements Waiting {
  #waiting: QueuedCall[] = [];
  #next = 0;
  #isPumping = false;
  #turnEndsAt = 0;

  add(call: QueuedCall): void {
    this.#waiting.push(call);
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#turnEndsAt = performance.now() + turnMsMax;
    microtasksDone(this);
  }

  onMoment(): void {
    const call = this.#waiting[this.#next];
    this.#next += 1;
    if (call === undefined) {
      this.#waiting = [];
      this.#next = 0;
      this.#isPumping = false;
      return;
    }
    call.begin();
    if (this.#next % callsPerLook === 0 && performance.now() >= this.#turnEndsAt) inLaterTurn(this.#onTurn);
    else microtasksDone(this);
  }

  readonly #onTurn = (): void => {
    this.#turnEndsAt = performance.now() + turnMsMax;
    this.onMoment();
  };
}
