// Where user code stands: in which execution, in which step, in which branch of a race. It follows the code through
// everything it awaits, where the platform can do that (Node, Bun, Deno, Workers with Node's compatibility). Elsewhere it
// is known only until the code first awaits something.

import type { ClientTransport } from "../client/client-transport.ts";
import type { Stepwell } from "../client/stepwell.ts";
import type { FunctionContext } from "../define/function-context.ts";
import { onePerProcess } from "../one-per-process.ts";
import type { RaceBranch } from "./race-branch.ts";

/** Whoever calls a function may say where goes what its code sends. */
export interface PlaceOfSender {
  /** `undefined`: where the client sends what other code sends. */
  readonly transportOf?: (client: Stepwell) => ClientTransport | undefined;
}

export interface Place {
  /** Tells one execution from another. */
  readonly execution: object;
  /** What the function was called with; tools that are imported work on it. */
  readonly context: Pick<FunctionContext, "step" | "group" | "runId">;
  /** The step whose code this is, by its own id and by its hash; absent outside of steps. */
  readonly step?: { readonly id: string; readonly hashed: string };
  readonly branches: readonly RaceBranch[];
  /** Steps that are called here are awaited by a race. */
  readonly isRacing: boolean;
  readonly sender: PlaceOfSender;
}

const noBranches: readonly never[] = [];
const noContext = undefined as unknown as Place["context"];

/** Where middleware stands around a function: what it sends is sent as by the function, whose tools it has not. */
export function placeAside(sender: PlaceOfSender): Place {
  return { execution: sender, context: noContext, branches: noBranches, isRacing: false, sender };
}

interface Storage {
  getStore(): Place | undefined;
  run<Arguments extends unknown[], T>(place: Place, callback: (...args: Arguments) => T, ...args: Arguments): T;
}

const storage: Storage = onePerProcess("place", () => asyncStorage() ?? syncStorage());

export function currentPlace(): Place | undefined {
  return storage.getStore();
}

export function runAt<Arguments extends unknown[], T>(place: Place, callback: (...args: Arguments) => T, ...args: Arguments): T {
  return storage.run(place, callback, ...args);
}

/** Asked for by name and not imported, so that bundles for other platforms have no module that is missing there. */
function asyncStorage(): Storage | undefined {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  const hooks = process?.getBuiltinModule?.("node:async_hooks") as { readonly AsyncLocalStorage?: new () => Storage } | undefined;
  return hooks?.AsyncLocalStorage === undefined ? undefined : new hooks.AsyncLocalStorage();
}

function syncStorage(): Storage {
  let current: Place | undefined;
  return {
    getStore: () => current,
    run(place, callback, ...args) {
      const before = current;
      current = place;
      try {
        return callback(...args);
      } finally {
        current = before;
      }
    },
  };
}
