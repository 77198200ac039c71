import { finallyThen } from "./followed-promise.ts";
import type { FoundStep } from "./found-step.ts";
import type { Handler, PlainThen, RacedPromise, RaceMember } from "./race-member.ts";
import type { RaceWatch } from "./race-watch.ts";

/** What a step gives. It is a promise like any other, and tells who is given what to call. */
export class StepPromise extends Promise<unknown> implements RacedPromise {
  /** Of what `then` makes: an ordinary promise. */
  static override readonly [Symbol.species] = Promise;
  #races: RaceWatch | undefined;
  #step: FoundStep | undefined;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  static open(races: RaceWatch): StepPromise {
    // One function for all of them: what it is given is taken at once.
    const promise = new StepPromise(take);
    promise.#races = races;
    promise.#resolve = taken.resolve;
    promise.#reject = taken.reject;
    return promise;
  }

  /** Without it nobody is told of anything. */
  set step(step: FoundStep) {
    this.#step = step;
  }

  /** Made when it is asked for: most steps are only awaited. */
  get raceMember(): RaceMember | undefined {
    const step = this.#step;
    if (step === undefined) return undefined;
    return {
      get isSettled() {
        return step.isSettled;
      },
      isMadeOf: (other) => other === step,
    };
  }

  resolve(value: unknown): void {
    this.#resolve?.(value);
  }

  reject(error: unknown): void {
    // A step that nobody awaits may fail without ending the process.
    super.then(undefined, ignore);
    this.#reject?.(error);
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise, and stays one.
  override then<Value = unknown, Other = never>(
    onFulfilled?: ((value: unknown) => Value | PromiseLike<Value>) | null,
    onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<Value | Other> {
    const member = this.raceMember;
    if (member === undefined || this.#races === undefined) return super.then(onFulfilled, onRejected);
    const plain: PlainThen = (yes, no) => super.then(yes, no);
    return this.#races.follow(member, plain, onFulfilled as Handler, onRejected as Handler) as Promise<Value | Other>;
  }

  override finally(callback?: (() => void) | null): Promise<unknown> {
    return finallyThen.call(this, callback);
  }
}

// `await` takes promises of this constructor as they are, and wraps those of any other into one more.
Object.defineProperty(StepPromise.prototype, "constructor", { value: Promise, configurable: true, writable: true });

const taken: { resolve?: (value: unknown) => void; reject?: (error: unknown) => void } = {};

function take(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  taken.resolve = resolve;
  taken.reject = reject;
}

function ignore(): void {
  // Whoever awaits the step is told.
}
