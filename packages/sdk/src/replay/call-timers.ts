type Timer = ReturnType<typeof setTimeout>;

/** The timers of one call, of which most have none. */
export class CallTimers {
  #stray: Timer | undefined;
  #find: Timer | undefined;

  /** One at a time. */
  setStray(ms: number, work: () => void): void {
    this.#stray ??= setTimeout(() => {
      this.#stray = undefined;
      work();
    }, ms);
  }

  setFind(ms: number, work: () => void): void {
    this.#find = setTimeout(work, ms);
  }

  clearStray(): void {
    if (this.#stray !== undefined) clearTimeout(this.#stray);
    this.#stray = undefined;
  }

  clear(): void {
    this.clearStray();
    if (this.#find !== undefined) clearTimeout(this.#find);
  }
}
