// Executions that have planned parallel steps and are kept, so that their steps run without a replay: a thousand of them
// would replay a thousand steps each. What is kept can be thrown away at any time: a call then replays, as it would elsewhere.

import type { Executable, ParkedExecution } from "stepwell/internals";

interface Parked {
  readonly executable: Executable;
  readonly execution: ParkedExecution;
  readonly at: number;
}

/** Each holds what its function holds; runs that wait for long are not worth it. */
const parkedMax = 200;
const parkedMsMax = 60_000;

export class ParkedExecutions {
  /** By run, the oldest first. */
  readonly #parked = new Map<string, Parked>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#parked.size;
  }

  put(runId: string, executable: Executable, execution: ParkedExecution): void {
    this.#parked.delete(runId);
    this.#parked.set(runId, { executable, execution, at: this.#now() });
    const [oldest] = this.#parked.keys();
    if (this.#parked.size > parkedMax && oldest !== undefined) this.#parked.delete(oldest);
    this.#timer ??= this.#sleep(parkedMsMax);
  }

  /** The code may have been replaced meanwhile: then it is another function's. */
  find(runId: string, executable: Executable): ParkedExecution | undefined {
    const parked = this.#parked.get(runId);
    return parked?.executable === executable ? parked.execution : undefined;
  }

  drop(runId: string): void {
    this.#parked.delete(runId);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#parked.clear();
  }

  #sleep(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#dropOld(), ms).unref();
  }

  #dropOld(): void {
    this.#timer = undefined;
    const before = this.#now() - parkedMsMax;
    for (const [runId, { at }] of this.#parked) {
      if (at > before) {
        this.#timer = this.#sleep(at - before);
        return;
      }
      this.#parked.delete(runId);
    }
  }
}
