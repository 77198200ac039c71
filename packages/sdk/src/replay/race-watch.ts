import type { FoundStep } from "./found-step.ts";

/**
 * Notices which steps are awaited together by `Promise.race` or `Promise.any`, so that the function goes on when the first of
 * them settles and not when the last does. A race hands one and the same resolver to all of its members; `await` and
 * `Promise.all` do not.
 */
export class RaceWatch {
  #groups: Map<unknown, Set<FoundStep>> | undefined;

  /** Told of everything that a step's promise is given to call, except by `await`. */
  onThen(step: FoundStep, onFulfilled: unknown): void {
    if (isResolver(onFulfilled)) this.#join(onFulfilled, step);
  }

  /** Nothing is awaited together. */
  get isQuiet(): boolean {
    return this.#groups === undefined;
  }

  /** Somebody awaits the first of this step and others. */
  isRaced(step: FoundStep): boolean {
    return this.#groupsOf(step).length > 0;
  }

  /** Another step has won every race that awaits this one. */
  hasLost(step: FoundStep): boolean {
    const groups = this.#groupsOf(step);
    return groups.length > 0 && groups.every((group) => [...group].some(({ isSettled }) => isSettled));
  }

  #join(resolver: unknown, step: FoundStep): void {
    this.#groups ??= new Map();
    const group = this.#groups.get(resolver);
    if (group === undefined) this.#groups.set(resolver, new Set([step]));
    else group.add(step);
  }

  #groupsOf(step: FoundStep): readonly Set<FoundStep>[] {
    if (this.#groups === undefined) return none;
    return [...this.#groups.values()].filter((group) => group.size > 1 && group.has(step));
  }
}

/** What settles a promise is a function of the engine's own, without a name; a function of the program has its source. */
function isResolver(value: unknown): boolean {
  return typeof value === "function" && value.name === "" && value.length === 1 && /\{\s*\[native code\]\s*\}$/.test(sourceOf(value));
}

function sourceOf(value: unknown): string {
  return Function.prototype.toString.call(value);
}

const none: readonly Set<FoundStep>[] = [];
