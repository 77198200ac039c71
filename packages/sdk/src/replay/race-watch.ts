import { FollowedPromise } from "./followed-promise.ts";
import type { FoundStep } from "./found-step.ts";
import type { Handler, PlainThen, RaceMember } from "./race-member.ts";

/**
 * Notices which steps are awaited together by `Promise.race` or `Promise.any`, so that the function goes on when the first of
 * them settles and not when the last does. A race hands one and the same resolver to all of its members; `await` and
 * `Promise.all` do not. What `then`, `catch` and `finally` make of a step is followed; what an async function makes of one is
 * not, since it awaits, of which nobody is told.
 */
export class RaceWatch {
  #groups: Map<unknown, Set<RaceMember>> | undefined;

  /** What `then` does for a member, by the `then` of the language. */
  follow(member: RaceMember, plain: PlainThen, onFulfilled: Handler, onRejected: Handler): Promise<unknown> {
    if (isResolver(onFulfilled)) {
      this.#join(onFulfilled, member);
      return plain(onFulfilled, onRejected);
    }
    const made = new FollowedPromise();
    made.add({ raceMember: member });
    return made.begin(this, plain, onFulfilled, onRejected);
  }

  /** Nothing is awaited together. */
  get isQuiet(): boolean {
    return this.#groups === undefined;
  }

  /** Somebody awaits the first of this step and others. */
  isRaced(step: FoundStep): boolean {
    return this.#groupsOf(step).length > 0;
  }

  /** Another has won every race that awaits this step. */
  hasLost(step: FoundStep): boolean {
    const groups = this.#groupsOf(step);
    return groups.length > 0 && groups.every((group) => [...group].some(({ isSettled }) => isSettled));
  }

  #join(resolver: unknown, member: RaceMember): void {
    this.#groups ??= new Map();
    const group = this.#groups.get(resolver);
    if (group === undefined) this.#groups.set(resolver, new Set([member]));
    else group.add(member);
  }

  #groupsOf(step: FoundStep): readonly Set<RaceMember>[] {
    if (this.#groups === undefined) return none;
    return [...this.#groups.values()].filter((group) => group.size > 1 && [...group].some((member) => member.isMadeOf(step)));
  }
}

/** What settles a promise is a function of the engine's own, without a name; a function of the program has its source. */
function isResolver(value: unknown): boolean {
  return typeof value === "function" && value.name === "" && value.length === 1 && /\{\s*\[native code\]\s*\}$/.test(sourceOf(value));
}

function sourceOf(value: unknown): string {
  return Function.prototype.toString.call(value);
}

const none: readonly Set<RaceMember>[] = [];
