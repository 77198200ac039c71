import type { GroupTools } from "./group-tools.ts";

/** Whether steps that are called now belong to a race. */
export class RaceScope {
  #depth = 0;

  readonly isRacing = (): boolean => this.#depth > 0;

  /** Steps that the callback calls before it first awaits something else are of the race. */
  enter<T>(callback: () => T): T {
    this.#depth += 1;
    try {
      return callback();
    } finally {
      this.#depth -= 1;
    }
  }
}

export function createGroupTools(scope: RaceScope): GroupTools {
  return {
    parallel: (first: unknown, second?: unknown) => {
      const callback = (typeof first === "function" ? first : second) as () => Promise<never>;
      const { mode } = (typeof first === "function" ? {} : first) as { readonly mode?: "race" };
      return mode === "race" ? scope.enter(callback) : callback();
    },
    race: (branches) => Promise.race(branches.map((branch) => scope.enter(branch))) as Promise<never>,
  };
}
