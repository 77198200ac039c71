// Taken once: a test that fakes timers afterwards fakes its own, and a call goes on.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;

type Timer = ReturnType<typeof setTimeout>;

/** The timers of one call, of which most have none. */
export class CallTimers {
  #stray: Timer | undefined;
  #find: Timer | undefined;

  /** One at a time. */
  setStray(ms: number, work: () => void): void {
    this.#stray ??= startTimer(() => {
      this.#stray = undefined;
      work();
    }, ms);
  }

  setFind(ms: number, work: () => void): void {
    this.#find = startTimer(work, ms);
  }

  clearStray(): void {
    if (this.#stray !== undefined) stopTimer(this.#stray);
    this.#stray = undefined;
  }

  clear(): void {
    this.clearStray();
    if (this.#find !== undefined) stopTimer(this.#find);
  }
}
