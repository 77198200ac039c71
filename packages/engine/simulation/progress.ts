import type { Surroundings } from "./surroundings.ts";

/** Longer than anything sleeps, waits or is put off; where nothing has come to an end in this time, nothing ever will. */
const msMax = 7 * 86_400_000;
const stepsMax = 20_000;
/** Simulated steps between two looks. */
const looksEvery = 20;

/**
 * Since when no step has settled, no attempt has failed and no run has ended. Runs that go one after the other take as long as
 * there are of them: how long they take together says nothing.
 */
export class Progress {
  readonly #world: Surroundings;
  #text = "";
  #steps = 0;
  #stepsBefore = 0;
  #at: number;

  constructor(world: Surroundings) {
    this.#world = world;
    this.#at = world.clock.now();
  }

  /** After each step: for how long there has been none, where that is too long. */
  look(): string | undefined {
    this.#steps += 1;
    if (this.#steps % looksEvery !== 0) return undefined;
    const now = this.#world.clock.now();
    const text = JSON.stringify(
      this.#world.watcher.one(`select count(*) as runs, count(ended_at) as ended, sum(journal_length) as settled,
        (select count(*) from attempts) as attempts from runs`),
    );
    if (text !== this.#text) {
      this.#text = text;
      this.#at = now;
      this.#stepsBefore = this.#steps;
    }
    const steps = this.#steps - this.#stepsBefore;
    return steps > stepsMax || now - this.#at > msMax ? `${steps} steps and ${now - this.#at} ms` : undefined;
  }
}
