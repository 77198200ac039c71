// The calls that are under way, and the end of those that take longer than a call may. All may take equally long, so the
// oldest is the first to end, and one timer serves them all.

export interface WatchedCall {
  readonly startedAt: number;
  readonly slug: string;
  readonly runId: string;
  /** The step whose code runs now. */
  readonly step: string | undefined;
  /** Told once when it is overdue, unless it has ended before. */
  onOverdue(): void;
}

export class CallWatch {
  readonly #msMax: number;
  readonly #now: () => number;
  /** In the order in which they began. */
  readonly #calls = new Set<WatchedCall>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ msMax, now = () => performance.now() }: { readonly msMax: number; readonly now?: () => number }) {
    this.#msMax = msMax;
    this.#now = now;
  }

  /** By the clock of this watch, in ms. */
  now(): number {
    return this.#now();
  }

  /** One that begins now. */
  begin(call: WatchedCall): void {
    this.#calls.add(call);
    if (this.#timer === undefined) this.#sleep(this.#msMax);
  }

  end(call: WatchedCall): void {
    this.#calls.delete(call);
  }

  /** The oldest first. */
  open(): readonly WatchedCall[] {
    return [...this.#calls];
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#calls.clear();
  }

  #sleep(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.min(ms, longestTimerMs));
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    const overdueBefore = this.#now() - this.#msMax;
    for (const call of this.#calls) {
      if (call.startedAt > overdueBefore) return this.#sleep(call.startedAt - overdueBefore);
      this.#calls.delete(call);
      call.onOverdue();
    }
  }
}

/** More is no time to a timer of the platform. */
const longestTimerMs = 2 ** 31 - 1;
