// What the engine decided, as data. A unit is all or nothing; a batch of units is one transaction.
//
// U1. Guards are read inside the transaction, in the order of the units, before the unit's first write:
//     two units of one batch never both see the last free place, and a unit that is turned away leaves no trace.
// U2. No unit's fate is another's. A statement that fails takes the batch back; its units are then replayed in one
//     transaction with a savepoint each, and only the culprit is refused.
// U3. What the items of one run share (the pending group, the order of its steps, their count and bytes) is settled
//     inside the transaction, in unit order. An engine never decides it from memory.
// U4. Where there is a second way the unit carries it: a start that cannot be leased is queued, a start that is a
//     duplicate, or that a gate does not let through, becomes a recorded reason.

import type { EpochMs, EventId, ItemId, JsonText, LogEntry, RunId, StepId, StoreSeq } from "@stepwell/protocol";
import type { EnvironmentId, FunctionId, HolderId } from "./apps.ts";
import type { PlannedStart } from "./cursors.ts";
import type { Effect } from "./effects.ts";
import type { EventRecord, OutcomeKind } from "./events.ts";
import type { FailureFacts, SetFailureStateUnit } from "./failures.ts";
import type { SetMetadataUnit } from "./metadata.ts";
import type { CollectRun, StartPendingUnit } from "./pending.ts";
import type { RerunUnit } from "./rerun.ts";
import type { ClaimedItem, EndedStatus } from "./runs.ts";
import type { StartGates } from "./start-gates.ts";
import type { RunTimer, TimerKind, TimerRef } from "./timers.ts";
import type { CancelRule, Mark } from "./waits.ts";

/** Everything a batch can hold. */
export type Unit =
  | AcceptUnit
  | CallUnit
  | CancelUnit
  | ReleaseUnit
  | ResolveWaitUnit
  | LookedUnit
  | DropWaitUnit
  | SignalUnit
  | SetTimerUnit
  | AdvanceCursorUnit
  | StartPendingUnit
  | AppendLogsUnit
  | RerunUnit
  | SetFailureStateUnit
  | SetMetadataUnit;

/** Records events with all that they start. One request is one unit: every event of it is stored, or none. */
export interface AcceptUnit {
  readonly kind: "accept";
  /** Who takes the leases of runs that are born leased. A holder whose epoch has passed gets none: they queue. */
  readonly holder: HolderRef;
  readonly events: readonly AcceptedEvent[];
  /**
   * A timer that asked for these events: the unit is turned away as `not_found` unless the timer is as it was seen, and
   * sets it anew, or removes it, in the same commit. Exactly one tick for each moment.
   */
  readonly timer?: TimerRef & { readonly next?: { readonly dueAt: EpochMs; readonly data?: JsonText } };
}

export interface HolderRef {
  readonly id: HolderId;
  readonly epoch: number;
}

/** One event, the runs it starts, and the reason for every matched function that it does not start. */
export interface AcceptedEvent {
  /** An id that is stored already is a sender's retry: nothing of this entry is written again (`repeated`). */
  readonly event: EventRecord;
  readonly starts: readonly StartRun[];
  readonly outcomes: readonly EventOutcome[];
  /** What it starts besides, by a durable cursor of the same commit. */
  readonly rest?: readonly PlannedStart[];
}

export interface EventOutcome {
  readonly functionId: FunctionId;
  readonly kind: OutcomeKind;
  /** What a person should know, e.g. the message of an expression's error; the run's id of a duplicate. */
  readonly detail?: string;
}

export interface StartRun {
  readonly runId: RunId;
  readonly functionId: FunctionId;
  /** Its constraints (`laneKeyOf`), for as long as it lives: with the function they name the lane of its items. */
  readonly laneKey: string;
  /** Lower goes first within the lane. Starts come after steps of runs under way: see `rankOfStart`. */
  readonly rank: number;
  /** The run's place in its lane, in `rank` already: it is kept for what the run queues later. Absent: that of its age. */
  readonly priorityMs?: number;
  /** In the future: the run is queued until then. */
  readonly dueAt: EpochMs;
  /** Wanted only where the node has room. Granted when the lane has no ready item; otherwise the run queues. */
  readonly wantsLease: boolean;
  /** At most one start per function and key until `expiresAt`; a second is recorded as `duplicate` of the first. */
  readonly dedupe?: { readonly key: string; readonly expiresAt: EpochMs };
  /** What must let the start through besides. Absent: nothing gates the function's starts. */
  readonly gates?: StartGates;
  /** Options of the function that this server does not act on yet (only `dev` takes them), and expressions that failed. */
  readonly warnings?: JsonText;
  /** Events that would cancel the run, from the event that starts it on. */
  readonly cancelRules?: readonly CancelRule[];
  readonly timers?: readonly RunTimer[];
  /** What made the run, where it is not an event that somebody sent: `invoke`, `schedule`, `rerun`. */
  readonly origin?: string;
  /** The event does not start a run of its own: it goes into one that is being collected, or is the first of one. */
  readonly collect?: CollectRun;
}

/** The right to record what one call of a run brought. `generation` tells this call from every other. */
export type Lease = OwnLease | StepLease;

/** Of the run's own item: starts, discoveries, the end of a sleep. */
export interface OwnLease {
  readonly kind: "own";
  readonly runSeq: StoreSeq;
  readonly holderId: HolderId;
  readonly generation: number;
  /**
   * How many steps the engine believes to be settled. Given while the run has no other live item, so that the guard is
   * the update itself; when it differs the unit is turned away as `stale_journal` and the engine reads the run anew.
   */
  readonly journalLength?: number;
}

/** Of one parallel step's item. */
export interface StepLease {
  readonly kind: "step";
  readonly runSeq: StoreSeq;
  readonly itemSeq: StoreSeq;
  readonly holderId: HolderId;
  readonly generation: number;
}

/** What a reply, or a checkpoint in the middle of a call, asks to be recorded. Fenced by the lease. */
export interface CallUnit {
  readonly kind: "call";
  readonly lease: Lease;
  readonly effects: readonly Effect[];
  readonly next: Next;
  readonly change: RunChange;
}

/** What becomes of the run's row besides. Absent fields stay as they are. */
export interface RunChange {
  /** The execution version the SDK answered with, stored once. */
  readonly version?: number;
  /** Whether the next calls must plan instead of run (`disable_immediate_execution`). */
  readonly plan?: boolean;
  /** When the first call of the run was sent; stored once. */
  readonly startedAt?: EpochMs;
  /** How many replies in a row brought nothing; an answer with work sets it back to 0. */
  readonly emptyReplies?: number;
}

/** Where the lease goes with this commit. */
export type Next =
  /** The call goes on (a checkpoint): same lease, same generation; the attempt count goes back to 0. */
  | { readonly kind: "stay" }
  /** The lease is kept and one further call is permitted: generation + 1, attempt 0. Own lease only. */
  | { readonly kind: "keep" }
  /** Own lease: the item becomes a row, due at `dueAt`. With `sleepStepId` its claim settles that sleep. */
  | {
      readonly kind: "queue";
      readonly dueAt: EpochMs;
      readonly attempt: number;
      readonly rank: number;
      readonly sleepStepId?: StepId;
    }
  /**
   * Own lease: nothing is due. It queues at once where a wake came meanwhile, or the group that this unit opens has no
   * open step, not even one of a race that does not count; so does a run of which nothing else is alive, which then counts
   * one more empty reply.
   */
  | { readonly kind: "park"; readonly rank: number }
  /** Step lease: the item is done with. A run that has nothing else alive then queues, as with `park`. */
  | { readonly kind: "done" }
  /** Step lease: the same item again. */
  | { readonly kind: "retry"; readonly dueAt: EpochMs; readonly attempt: number }
  /** The run ends; nothing of it remains queued or held. `sweep: false` promises that it has no rows to remove. */
  | {
      readonly kind: "end";
      readonly status: EndedStatus;
      readonly output?: JsonText;
      /** For the steps that invoked the run, and is not kept beyond them. */
      readonly outputTypes?: JsonText;
      readonly error?: JsonText;
      readonly endedAt: EpochMs;
      readonly sweep: boolean;
      /** Of a run that failed: the group that counts it. A group that was resolved opens again. */
      readonly failure?: FailureFacts;
      /** The system events of this end that a function listens to, with what they start. */
      readonly events?: readonly AcceptedEvent[];
    };

/** Ends a run that is alive, whoever holds it. */
export interface CancelUnit {
  readonly kind: "cancel";
  readonly runId: RunId;
  readonly reason: string;
  readonly endedAt: EpochMs;
  readonly events?: readonly AcceptedEvent[];
  /** The rule that was fulfilled: without it the unit is turned away as `not_found`. */
  readonly waitSeq?: StoreSeq;
  /** The timer that asks for it: unless it is as it was seen, the unit is turned away as `not_found`. It goes with the unit. */
  readonly timer?: TimerRef;
}

/** Ends a wait with an event, or without one. Turned away as `not_found` when the wait is over. */
export interface ResolveWaitUnit {
  readonly kind: "resolve_wait";
  readonly waitSeq: StoreSeq;
  readonly endedAt: EpochMs;
  /**
   * Who takes the lease of the run that this wakes. Granted when the lane has no ready item and nobody has the run in hand;
   * otherwise, and to a holder whose epoch has passed, the run queues.
   */
  readonly holder?: HolderRef;
  readonly result: /** The memo refers to the event's row. An event that the run has taken by this wait's name before does not count. */
    | { readonly kind: "event"; readonly eventSeq: StoreSeq; readonly eventId: EventId }
    /** An event that has no row: the memo is its own text. */
    | { readonly kind: "derived"; readonly eventId: EventId; readonly memo: JsonText }
    | { readonly kind: "memo"; readonly memo: JsonText; readonly failed: boolean };
}

/** The holder of these waits has looked back; none of them has anything to catch up with. */
export interface LookedUnit {
  readonly kind: "looked";
  readonly waitSeqs: readonly StoreSeq[];
}

/** A cancel rule whose time is over. */
export interface DropWaitUnit {
  readonly kind: "drop_wait";
  readonly waitSeq: StoreSeq;
}

/** Wakes the one wait for the signal, or keeps the signal for the first wait that comes, the last one of each name. */
export interface SignalUnit {
  readonly kind: "signal";
  readonly environmentId: EnvironmentId;
  readonly signal: string;
  readonly data: JsonText;
  readonly endedAt: EpochMs;
  readonly keptUntil: EpochMs;
}

/** Sets a timer, moves one that is as it was seen (`expected`), or removes it (no `next`). */
export interface SetTimerUnit {
  readonly kind: "set_timer";
  readonly timer: TimerKind;
  readonly subject: string;
  /** Absent: whatever is there. Otherwise the unit is turned away as `not_found` unless the timer is due then. */
  readonly expected?: EpochMs;
  readonly next?: { readonly dueAt: EpochMs; readonly data?: JsonText };
}

/** Starts the next functions of a cursor. Turned away as `not_found` when the cursor has another position or is done. */
export interface AdvanceCursorUnit {
  readonly kind: "advance_cursor";
  readonly holder: HolderRef;
  readonly cursorSeq: StoreSeq;
  readonly position: number;
  readonly starts: readonly StartRun[];
  readonly outcomes: readonly EventOutcome[];
  /** How many entries of the plan this unit settles. */
  readonly count: number;
}

/** Log lines of a run, alive or ended, that no call brought. Turned away as `not_found` when there is no such run. */
export interface AppendLogsUnit {
  readonly kind: "append_logs";
  readonly runId: RunId;
  readonly entries: readonly LogEntry[];
}

/** Gives a lease back unused (a drain, a lane that yields): the item is due at once, no attempt is counted. */
export interface ReleaseUnit {
  readonly kind: "release";
  readonly lease: Lease;
  readonly rank: number;
}

export type UnitOutcome =
  | {
      readonly kind: "committed";
      /** Waits of this unit that found something to look at: their holder looks back now. */
      readonly unlooked?: readonly StoreSeq[];
      /** Of a cancel: the run it ended. Of a rerun: the run it made. */
      readonly runSeq?: StoreSeq;
      /** What became of the events that the unit wrote besides, in their order. */
      readonly events?: readonly EventResult[];
      /** Steps whose items were born held by the unit's holder. */
      readonly planned?: readonly PlannedStep[];
      /** The run that the unit woke, leased to its holder: as a claim would have brought it. */
      readonly woken?: ClaimedItem;
      /** Runs that were cancelled for the sake of what the unit starts. */
      readonly replaced?: readonly ReplacedRun[];
    }
  | { readonly kind: "signalled"; readonly runId: RunId }
  | { readonly kind: "signal_kept" }
  | { readonly kind: "accepted"; readonly events: readonly EventResult[]; readonly replaced?: readonly ReplacedRun[] }
  /** A rerun of a function whose singleton another run has. Nothing was written. */
  | { readonly kind: "singleton_held"; readonly by: RunId }
  /** The failed run has been repeated before, by this one. */
  | { readonly kind: "already_redriven"; readonly as: RunId }
  /** Someone else has the item, or a later call of it is under way. Nothing was recorded. */
  | { readonly kind: "lease_lost" }
  | { readonly kind: "stale_journal" }
  | { readonly kind: "run_ended"; readonly status: EndedStatus }
  | { readonly kind: "not_found" }
  /** A limit of the run would be broken by what the unit records; nothing was. The engine fails the run with it. */
  | { readonly kind: "over_limit"; readonly limit: "stepsPerRunMax" | "runStateBytesMax" }
  /** More would be noted about a run, or about one thing of it, than may be; nothing was. */
  | { readonly kind: "metadata_full"; readonly limit: "metadataSpanBytesMax" | "metadataRunBytesMax" }
  /** The store said no to this unit and to no other; the mistake is the program's. */
  | { readonly kind: "refused"; readonly reason: string };

export interface PlannedStep {
  readonly stepId: StepId;
  readonly itemId: ItemId;
  readonly itemSeq: StoreSeq;
}

export type EventResult =
  /** `mark`: right after the event. */
  | { readonly kind: "stored"; readonly seq: StoreSeq; readonly mark: Mark; readonly starts: readonly StartResult[] }
  | { readonly kind: "repeated"; readonly eventId: EventId };

export type StartResult =
  | { readonly kind: "leased"; readonly runSeq: StoreSeq }
  | { readonly kind: "queued"; readonly runSeq: StoreSeq }
  /** It was collected. `isKept: false`: a debounce has a later event already, and this one is told as `debounced`. */
  | { readonly kind: "pending"; readonly runId: RunId; readonly isKept: boolean }
  /** A later start of the batch has ended it already, for the sake of their singleton. */
  | { readonly kind: "replaced"; readonly runSeq: StoreSeq }
  | NotStarted;

/** What became of a start instead: a reason recorded of the event, or a run that says it. */
export type NotStarted =
  /** The event's id, or the function's idempotency key, has started this run before. */
  | { readonly kind: "duplicate"; readonly of: RunId }
  /** The key lets the next one in at `nextAt`. */
  | { readonly kind: "rate_limited"; readonly key: string; readonly nextAt: EpochMs }
  /** A run that is over as it begins: the run `by` has their singleton. */
  | { readonly kind: "skipped"; readonly runSeq: StoreSeq; readonly by: RunId };

/** A run that gave way to a newer one of its singleton. */
export interface ReplacedRun {
  readonly runSeq: StoreSeq;
  readonly runId: RunId;
  readonly functionId: FunctionId;
  readonly queuedAt: EpochMs;
}

export interface CommitParams {
  /** Read once for the batch. No statement asks the database for the time. */
  readonly now: EpochMs;
  /** How far this holder has looked at what events wake and cancel. Saved now and then, for a take-over. */
  readonly matched?: Mark;
}

export interface CommitResult {
  /** One for each unit, in their order. */
  readonly outcomes: readonly UnitOutcome[];
  readonly wake: WakeHint;
}

/** What a write made due. A hint for loops that sleep; losing one costs latency and nothing else. */
export interface WakeHint {
  /** An item became ready. */
  readonly ready: boolean;
  /** The earliest instant at which a parked item of this batch is due. */
  readonly dueAt?: EpochMs;
  /** The earliest instant at which a timer or a wait of this batch is due. */
  readonly timerDueAt?: EpochMs;
}
