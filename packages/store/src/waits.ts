// Waits: what a run waits for besides the clock and the app, and the rules that would cancel it.
//
// An event and a wait for it may cross. Both sides write, commit, and then read: after an event's commit its holder asks
// `find` for the waits that are there now; after a wait's commit its holder asks `lookBack` for events accepted since the
// mark the wait was born with. Either side resolves by a guarded unit; the first wins, and twice is once.

import type { EpochMs, JsonText, RunId, StepId, StoreSeq } from "@stepwell/protocol";
import type { EnvironmentId, FunctionId } from "./apps.ts";
import type { StoredEvent } from "./events.ts";

declare const brand: unique symbol;
/** A moment in the order of commits, opaque to the engine: what was accepted after it may be met, what came before is not. */
export type Mark = string & { readonly [brand]: "Mark" };

/** How an event is recognised: all that is given must hold. */
export interface EventMatch {
  /** The exact name of the event. */
  readonly eventName: string;
  /** One equality the event must satisfy, looked up by index: the path in the event and the JSON of the value. */
  readonly term?: { readonly path: string; readonly value: JsonText };
  /** CEL over `event` (from `bindings`) and `async` (the event that came). */
  readonly expression?: string;
  /** What the expression reads of the run's own event. */
  readonly bindings?: JsonText;
}

/** A rule of a run that a later event may fulfil: the run is cancelled then. */
export interface CancelRule extends EventMatch {
  /** From then on the rule does not hold. */
  readonly dueAt: EpochMs;
}

export interface WaitRecord extends EventMatch {
  readonly seq: StoreSeq;
  readonly kind: "event" | "cancel" | "signal" | "invoke";
  readonly environmentId: EnvironmentId;
  readonly runSeq: StoreSeq;
  readonly runId: RunId;
  readonly functionId: FunctionId;
  readonly stepId: StepId;
  /** Only events accepted after this mark count. */
  readonly since: Mark;
  /** With a lookback: events received from then on count as well. */
  readonly lookBackFrom?: EpochMs;
  /** A lookback that is too wide goes as far as it may; else the wait is refused. */
  readonly cutsLookBack?: boolean;
  readonly dueAt: EpochMs;
}

/**
 * An event the store has as a row, or one that follows from the end of a run. The same end may come as both: its event
 * has one id, however it is read, and a wait takes an id once.
 */
export type MetEvent =
  | { readonly kind: "stored"; readonly event: StoredEvent }
  | { readonly kind: "ended"; readonly runSeq: StoreSeq; readonly endedSeq: StoreSeq };

export interface WaitsStore {
  /** Now, or a little earlier. Taken before the memos of a call are read, it is the mark of the waits the call brings. */
  mark(): Mark;
  /** Whether anybody may wait for anything. `false` only when the store knows that nobody does. */
  readonly hasAny: boolean;
  /** Whether somebody may wait for an event of this name. `false` only when the store knows that nobody does. */
  isAwaited(environmentId: EnvironmentId, eventName: string): boolean;
  /** The paths by which waits of this name are looked up. */
  pathsOf(environmentId: EnvironmentId, eventName: string): readonly string[];
  /** Waits and cancel rules that an event may fulfil, in the order of their registration: those of a term, and those without. */
  find(params: {
    readonly environmentId: EnvironmentId;
    readonly eventName: string;
    readonly terms: readonly { readonly path: string; readonly value: JsonText }[];
    /** The place of the event: waits that were registered with a later mark do not see it. */
    readonly eventSeq: StoreSeq;
    readonly after: StoreSeq;
    readonly limit: number;
  }): Promise<readonly WaitRecord[]>;
  /**
   * A wait that has not been looked at, with the events it may already have missed, in the order in which they are tried:
   * those since its mark, oldest first, or those of its lookback and since its mark, newest first. Without the run's own
   * events. `more`: there are others beyond these; without a lookback they are asked for with `after`, the place of the
   * last one. `undefined`: the wait is over, or was looked at.
   */
  lookBack(params: {
    readonly waitSeq: StoreSeq;
    readonly after?: StoreSeq;
    readonly limit: number;
  }): Promise<{ readonly wait: WaitRecord; readonly events: readonly MetEvent[]; readonly more: boolean } | undefined>;
  /** Waits whose holder died, or only slept, before it had looked. */
  listUnlooked(params: { readonly limit: number }): Promise<readonly StoreSeq[]>;
  /** How far the holder before this one had looked at what events wake and cancel. */
  readonly matchedBefore: Mark;
  /**
   * Events accepted after the mark whose name is waited for now, and ends of runs where such names are: for a take-over.
   * `upTo`: where to go on; without events there is nothing left.
   */
  listUnmatched(params: {
    readonly after: Mark;
    readonly limit: number;
  }): Promise<{ readonly events: readonly MetEvent[]; readonly upTo: Mark }>;
  /** For the event that follows from the end of a run: what of the run it tells. */
  loadEnds(runSeqs: readonly StoreSeq[]): Promise<readonly (EndedRun | undefined)[]>;
}

/** What the system events of a run's end are made of. */
export interface EndedRun {
  readonly runId: RunId;
  readonly functionId: FunctionId;
  readonly environmentId: EnvironmentId;
  readonly status: "completed" | "failed" | "cancelled" | "skipped";
  readonly endedAt: EpochMs;
  readonly endedSeq: StoreSeq;
  readonly events: readonly StoredEvent[];
  readonly output?: JsonText;
  readonly error?: JsonText;
  readonly origin?: string;
}
