// A run in hand: the lease this holder has on one item of a run, and what the next call of it is built from.
//
// H1. It is in hand from the commit that leased it until a commit that parks, queues or ends it, or until a unit of it
//     is turned away.
// H2. `memos` is a prefix of the journal, in order: results never change, so what memory has is true even when it is
//     not all. While the run has no other live item (`solo`), it is all, and units guard on its length.
// H3. `generation` is that of the present call. It rises in the unit that permits the next call, never before.

import type { EpochMs, ItemId, JsonText, RunId, StepId, StoreSeq } from "@stepwell/protocol";
import type { EventRecord, FunctionRecord, HolderId, Lease, Mark, StepInput, StepRequest } from "@stepwell/store";
import type { FunctionFlow } from "../admission/function-flow.ts";
import type { Expression } from "../expression/compile.ts";
import type { CallTarget } from "../seams/transport.ts";

/** A function as the engine holds it in memory. */
export interface FunctionEntry {
  readonly record: FunctionRecord;
  readonly target: CallTarget;
  readonly maxAttempts: number;
  /** Options this server does not act on yet, as the run shows them. */
  readonly warnings: JsonText | undefined;
  readonly appUuid: string;
  /** Events that cancel its runs, with their conditions ready to be evaluated. */
  readonly cancelRules: readonly CompiledCancelRule[];
  readonly deadlines: { readonly startMs?: number; readonly finishMs?: number } | undefined;
  /** What gates its runs; absent: nothing does. */
  readonly flow: FunctionFlow | undefined;
  /** It is started by the failure of one other function, and by nothing else. */
  readonly isFailureHandler: boolean;
  /** Nothing in this process can call its app. */
  readonly isUnreachable?: true;
}

export interface CompiledCancelRule {
  readonly event: string;
  readonly condition: Expression | undefined;
  /** A duration or an instant; absent: a year. */
  readonly timeout: string | undefined;
}

export interface RunInHand {
  readonly runId: RunId;
  readonly runSeq: StoreSeq;
  /** Looked up anew for each call: a sync may change the URL or the retries while the run is under way. */
  entry: FunctionEntry;
  readonly queuedAt: EpochMs;
  /** How much earlier it stands in its lane than its age says. */
  readonly priorityMs?: number;
  readonly events: readonly EventRecord[];
  memos: Map<StepId, JsonText>;
  /** The names of the steps among them that failed for good; absent: none did. */
  failedNames?: Map<StepId, string>;
  /** Absent: the run's own item. */
  readonly step?: StepInHand;
  generation: number;
  attempt: number;
  leaseLosses: number;
  version: number;
  plan: boolean;
  emptyReplies: number;
  /** No other item of the run is alive. */
  solo: boolean;
  /** Whether the first call of the run has been recorded as sent. */
  isStarted: boolean;
  /** Calls made under this lease, and when it began: a lease that lasts gives way to others. */
  calls: number;
  leasedAt: EpochMs;
  /** A call is under way. */
  isInCall: boolean;
  /** Cancelled or dropped here while in hand: its next unit would be turned away, so none is made. */
  isEnded: boolean;
  /** Its breaker opened while it was in hand: it is handed back before its next call. */
  givesWay?: true;
  abort: AbortController | undefined;
  /** Before the memos of the present call were read: events accepted since are met by the waits that it brings. */
  mark: Mark;
  /** Of a run that repeats another: what a step is called with until it has a result. */
  readonly stepInput?: StepInput;
  /** What made the run, where it is not an event that somebody sent. */
  readonly origin?: string;
}

export interface StepInHand {
  readonly itemId: ItemId;
  readonly itemSeq: StoreSeq;
  readonly stepId: StepId;
  readonly race: boolean;
  /** What the server itself is to do for the step, instead of a call of the app. */
  readonly request?: StepRequest;
}

/** A step whose item stands for a request of the server's own. */
export type StepOfRequest = StepInHand & { readonly request: StepRequest };

export function isOfRequest(step: StepInHand | undefined): step is StepOfRequest {
  return step?.request !== undefined;
}

/** What a run's units show to the store to be let in. */
export function leaseOf(run: RunInHand, holderId: HolderId): Lease {
  if (run.step !== undefined) return { kind: "step", runSeq: run.runSeq, itemSeq: run.step.itemSeq, holderId, generation: run.generation };
  if (!run.solo) return { kind: "own", runSeq: run.runSeq, holderId, generation: run.generation };
  return { kind: "own", runSeq: run.runSeq, holderId, generation: run.generation, journalLength: run.memos.size };
}

/** The id under which a run's item is known: the run's own item has the run's id. */
export function itemIdOf(run: RunInHand): ItemId | RunId {
  return run.step?.itemId ?? run.runId;
}
