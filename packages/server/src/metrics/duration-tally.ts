/** Upper bounds in seconds, from a call of this machine to a run that sleeps for a week. */
const boundsSeconds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400, 604_800,
];
const boundsMs: readonly number[] = boundsSeconds.map((seconds) => seconds * 1_000);

/** How many durations fell into which bucket, and their sum. Counting one costs a search over twenty numbers. */
export class DurationTally {
  /** One more than there are bounds: the last is for what is longer than all of them. */
  readonly #counts: number[] = new Array<number>(boundsMs.length + 1).fill(0);
  #sumMs = 0;

  add(ms: number): void {
    const index = boundsMs.findIndex((bound) => ms <= bound);
    const bucket = index === -1 ? boundsMs.length : index;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sumMs += Math.max(ms, 0);
  }

  /** As lines of a Prometheus histogram: each bucket has what is in those before it, too. */
  lines(name: string, labels: string): readonly string[] {
    let count = 0;
    const lines = [...boundsSeconds, "+Inf"].map((bound, index) => {
      count += this.#counts[index] ?? 0;
      return `${name}_bucket{${labels}${labels === "" ? "" : ","}le="${bound}"} ${count}`;
    });
    const braces = labels === "" ? "" : `{${labels}}`;
    return [...lines, `${name}_sum${braces} ${this.#sumMs / 1_000}`, `${name}_count${braces} ${count}`];
  }
}
