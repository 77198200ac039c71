import type { CallWatch } from "../call-watch.ts";
import type { Ledger } from "../ledger.ts";
import type { Changes, Watcher } from "../watcher.ts";

/** What an invariant may look at. */
export interface View {
  readonly watcher: Watcher;
  /** What was written since the last check: only that can have become wrong. */
  readonly changes: Changes;
  readonly ledger: Ledger;
  readonly watch: CallWatch;
  /** Whoever owns the file and has taken over what its predecessors held; absent while it has not. */
  readonly ownerId: number | undefined;
  /** Runs and events that ended or came before this may have been removed; absent: nothing is removed. */
  readonly prunedBefore: number | undefined;
  readonly functionSlug: (functionId: number) => string;
}

export interface Invariant {
  readonly name: string;
  /** What is wrong, in words, or nothing. */
  check(view: View): string | undefined;
}
