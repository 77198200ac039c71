import type { FoundStep } from "./found-step.ts";
import type { Handler, PlainThen, RacedPromise, RaceMember } from "./race-member.ts";

/** Who does what `then` does for something that may be raced. */
interface Follower {
  follow(member: RaceMember, plain: PlainThen, onFulfilled: Handler, onRejected: Handler): Promise<unknown>;
}

/**
 * What `then` makes of a step: an ordinary promise that tells whoever races it of which steps it is made. It is settled where
 * what its callback gives is.
 */
export class FollowedPromise implements RaceMember {
  isSettled = false;
  readonly #parts: RaceMember[] = [];

  /** It is made of that too. */
  add(promise: object): void {
    const { raceMember } = promise as RacedPromise;
    if (raceMember !== undefined) this.#parts.push(raceMember);
  }

  isMadeOf(step: FoundStep): boolean {
    return this.#parts.some((part) => part.isMadeOf(step));
  }

  begin(races: Follower, then: PlainThen, onFulfilled: Handler, onRejected: Handler): Promise<unknown> {
    return this.#mark(races, then(this.#heard(onFulfilled, same), this.#heard(onRejected, again)));
  }

  /** A promise that code of ours makes of a step. Like a step it may fail unseen. */
  take(races: Follower, made: Promise<unknown>): Promise<unknown> {
    this.#endWith(made);
    return this.#mark(races, made);
  }

  #mark(races: Follower, made: Promise<unknown>): Promise<unknown> {
    const plain: PlainThen = (yes, no) => Promise.prototype.then.call(made, yes, no);
    // `await` asks for none of these, and costs no more than before.
    return Object.defineProperties(made, {
      raceMember: { value: this },
      // biome-ignore lint/suspicious/noThenProperty: it is a promise, and stays one.
      then: { value: (yes: Handler, no: Handler) => races.follow(this, plain, yes, no) },
      finally: { value: finallyThen },
    });
  }

  /** The callback, or what stands for it where there is none, and notice of what it gives. */
  #heard(given: Handler, instead: (value: unknown) => unknown): (value: unknown) => unknown {
    const callback = typeof given === "function" ? given : instead;
    return (value) => {
      try {
        const result = callback(value);
        this.#take(result);
        return result;
      } catch (error) {
        this.isSettled = true;
        throw error;
      }
    };
  }

  #take(result: unknown): void {
    if (result instanceof Promise) {
      this.add(result);
      // The promise takes the result over, and with it what becomes of an error.
      this.#endWith(result);
    } else if (!isThenable(result)) this.isSettled = true;
  }

  #endWith(promise: Promise<unknown>): void {
    const end = (): void => {
      this.isSettled = true;
    };
    Promise.prototype.then.call(promise, end, end);
  }
}

/** The `finally` of the language hands over functions that look like those of a race. */
export function finallyThen(this: Promise<unknown>, callback?: (() => unknown) | null): Promise<unknown> {
  if (typeof callback !== "function") return this.then(callback, callback);
  return this.then(
    async (value) => {
      await callback();
      return value;
    },
    async (error: unknown) => {
      await callback();
      throw error;
    },
  );
}

/** Of another library: asked once, by whoever is to have its value. */
function isThenable(value: unknown): boolean {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && "then" in value;
}

function same(value: unknown): unknown {
  return value;
}

function again(error: unknown): never {
  throw error;
}
