import type { CallWatch } from "../call-watch.ts";
import type { Cast } from "../cast.ts";
import type { Ledger } from "../ledger.ts";
import type { Changes, Watcher } from "../watcher.ts";

/** What an invariant may look at. */
export interface View {
  readonly watcher: Watcher;
  /** What was written since the last check: only that can have become wrong. */
  readonly changes: Changes;
  readonly ledger: Ledger;
  readonly watch: CallWatch;
  readonly cast: Cast;
  /** Whoever owns the file and has taken over what its predecessors held; absent while it has not. */
  readonly ownerId: number | undefined;
  /** Runs and events that ended or came before this may have been removed; absent: nothing is removed. */
  readonly prunedBefore: number | undefined;
  /** Time as it passes, and by how much the wall clock was set back so far: what was in time may look so much too early. */
  readonly now: number;
  readonly setBackMs: number;
  /** The latest time a wall clock ever showed. */
  readonly latestNow: number;
  readonly functionSlug: (functionId: number) => string;
}

export interface Invariant {
  readonly name: string;
  /** What is wrong, in words, or nothing. */
  check(view: View): string | undefined;
}

/** What an invariant finds wrong. One that cannot be asked is not one that holds: thrown on, its error would pass for one of the store. */
export function wrongOf(invariant: Invariant, view: View): string | undefined {
  try {
    return invariant.check(view);
  } catch (error) {
    return `could not be checked: ${String(error)}`;
  }
}

/** What is wrong with the first of the runs that were written of which anything is. */
export function firstWrong(view: View, whatIsWrong: (view: View, runSeq: number) => string | undefined): string | undefined {
  for (const seq of view.changes.runs) {
    const wrong = whatIsWrong(view, seq);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
