import { nextTurn } from "./next-turn.ts";

// Taken once: a test that fakes timers afterwards fakes its own, and a call goes on.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;

type Timer = ReturnType<typeof setTimeout>;

/** How long a memo waits for the one before it, whose step user code has not come to, in ms. */
const strayMemoMs = 50;
/** How long a call for one step looks for it while user code awaits things of its own, in ms; as long as the other SDKs do. */
const searchMsDefault = 10_000;
/**
 * How long it looks on once user code stands before other new steps, in ms. Steps that are planned together were found at one
 * moment, so one of them that is not there by now is gone; the time is for what user code awaits on the way to them, such as two
 * requests, of which one is slower this time.
 */
const restMs = 250;
const waits = `user code has waited for other steps for ${restMs} ms`;

/** The timers of one call, of which most have none. */
export class CallTimers {
  #stray: Timer | undefined;
  #search: Timer | undefined;
  #rest: Timer | undefined;
  #giveUp: ((why: string) => void) | undefined;

  /** One at a time. */
  setStray(work: () => void): void {
    this.#stray ??= startTimer(() => {
      this.#stray = undefined;
      work();
    }, strayMemoMs);
  }

  /** Tells `giveUp` once the step that the call is for is not to be expected any more. */
  search(ms: number = searchMsDefault, giveUp: (why: string) => void): void {
    this.#giveUp = giveUp;
    this.#search = startTimer(() => giveUp(`user code did not come to it within ${ms} ms`), ms);
  }

  /** User code stands before other new steps. It goes on being so for as long as this is not called again and `isSo` says it. */
  rest(isSo: () => boolean): void {
    if (this.#rest !== undefined) stopTimer(this.#rest);
    // What the world outside brought while the process was busy comes before the look.
    const timer = startTimer(() => nextTurn(() => this.#rest === timer && isSo() && this.#giveUp?.(waits)), restMs);
    this.#rest = timer;
  }

  clearStray(): void {
    if (this.#stray !== undefined) stopTimer(this.#stray);
    this.#stray = undefined;
  }

  clear(): void {
    this.clearStray();
    for (const timer of [this.#search, this.#rest]) if (timer !== undefined) stopTimer(timer);
  }
}
