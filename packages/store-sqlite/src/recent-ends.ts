/** Ends that are remembered: more than end while one call is under way. */
const size = 1 << 16;

/**
 * The last ends of runs, in memory. A wait for a system event that no row tells of looks here for what ended while its
 * call was under way; a process that died has no call under way. What a rollback took back is harmless: whoever looks
 * reads the run.
 */
export class RecentEnds {
  readonly #runSeqs = new Float64Array(size);
  readonly #endedSeqs = new Float64Array(size);
  readonly #statuses = new Uint8Array(size);
  #count = 0;

  push(runSeq: number, endedSeq: number, status: number): void {
    const place = this.#count % size;
    this.#runSeqs[place] = runSeq;
    this.#statuses[place] = status;
    this.#endedSeqs[place] = endedSeq;
    this.#count += 1;
  }

  /** Whether anything has ended since. */
  isAfter(seq: number): boolean {
    return this.#count > 0 && (this.#endedSeqs[(this.#count - 1) % size] ?? 0) > seq;
  }

  /** The runs that ended so after this place, oldest first; `isWhole: false`: older ones were forgotten. */
  after(seq: number, statuses: ReadonlySet<number>): { readonly runSeqs: readonly number[]; readonly isWhole: boolean } {
    const runSeqs: number[] = [];
    const first = Math.max(0, this.#count - size);
    let index = this.#count - 1;
    for (; index >= first && (this.#endedSeqs[index % size] ?? 0) > seq; index -= 1)
      if (statuses.has(this.#statuses[index % size] ?? 0)) runSeqs.push(this.#runSeqs[index % size] ?? 0);
    return { runSeqs: runSeqs.reverse(), isWhole: index >= first || first === 0 };
  }
}
