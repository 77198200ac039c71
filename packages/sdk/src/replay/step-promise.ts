import type { FoundStep } from "./found-step.ts";
import type { RaceWatch } from "./race-watch.ts";

/** What a step gives. It is a promise like any other, and tells who is given what to call. */
export class StepPromise extends Promise<unknown> {
  /** Of what `then` makes: an ordinary promise. */
  static override readonly [Symbol.species] = Promise;
  #races: RaceWatch | undefined;
  #step: FoundStep | undefined;

  constructor(executor: ConstructorParameters<typeof Promise<unknown>>[0]) {
    super(executor);
    // A step that nobody awaits may fail without ending the process.
    super.then(undefined, ignore);
  }

  watch(races: RaceWatch, step: FoundStep): void {
    this.#races = races;
    this.#step = step;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise, and stays one.
  override then<Value = unknown, Other = never>(
    onFulfilled?: ((value: unknown) => Value | PromiseLike<Value>) | null,
    onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<Value | Other> {
    if (this.#step !== undefined) this.#races?.onThen(this.#step, onFulfilled);
    return super.then(onFulfilled, onRejected);
  }
}

// `await` takes promises of this constructor as they are, and wraps those of any other into one more.
Object.defineProperty(StepPromise.prototype, "constructor", { value: Promise, configurable: true, writable: true });

function ignore(): void {
  // Whoever awaits the step is told.
}
