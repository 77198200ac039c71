// What the engine decided, as data. A unit is all or nothing; a batch of units is one transaction.
//
// U1. Guards are read inside the transaction, in the order of the units, before the unit's first write:
//     two units of one batch never both see the last free place, and a unit that is turned away leaves no trace.
// U2. No unit's fate is another's. A statement that fails takes the batch back; its units are then replayed in one
//     transaction with a savepoint each, and only the culprit is refused.
// U3. What the items of one run share (the pending group, the order of its steps, their count and bytes) is settled
//     inside the transaction, in unit order. An engine never decides it from memory.
// U4. Where there is a second way the unit carries it: a start that cannot be leased is queued, a start that is a
//     duplicate becomes a recorded reason.

import type { EpochMs, EventId, ItemId, JsonText, RunId, StepId, StoreSeq } from "@stepwell/protocol";
import type { FunctionId, HolderId } from "./apps.ts";
import type { EventRecord, OutcomeKind } from "./events.ts";
import type { EndedStatus } from "./runs.ts";

/** Everything a batch can hold. */
export type Unit = AcceptUnit | CallUnit | CancelUnit | ReleaseUnit;

/** Records events with all that they start. One request is one unit: every event of it is stored, or none. */
export interface AcceptUnit {
  readonly kind: "accept";
  /** Who takes the leases of runs that are born leased. A holder whose epoch has passed gets none: they queue. */
  readonly holder: HolderRef;
  readonly events: readonly AcceptedEvent[];
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
  /** The values of the function's limit keys; `""` where nothing limits it. With the function it names the lane. */
  readonly laneKey: string;
  /** Lower goes first within the lane. Starts come after steps of runs under way: see `rankOfStart`. */
  readonly rank: number;
  /** In the future: the run is queued until then. */
  readonly dueAt: EpochMs;
  /** Wanted only where the node has room. Granted when the lane has no ready item; otherwise the run queues. */
  readonly wantsLease: boolean;
  /** At most one start per function and key until `expiresAt`; a second is recorded as `duplicate` of the first. */
  readonly dedupe?: { readonly key: string; readonly expiresAt: EpochMs };
  /** Options of the function that this server does not act on yet (only `dev` takes them). */
  readonly warnings?: JsonText;
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

export type Effect = SettleStep | OpenGroup | PlanStep | BeginSleep | RecordAttempt;

/** Gives a step its one result. The first wins; a second leaves the first as it is, and still wakes. */
export interface SettleStep {
  readonly kind: "settle_step";
  readonly stepId: StepId;
  readonly op: string;
  readonly name: string;
  readonly stepType?: string;
  /** As later calls carry it: `{"data":…}`, `{"error":…}` or a bare value. */
  readonly memo: JsonText;
  readonly failed: boolean;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  /** Failed attempts of this step before this result. */
  readonly attempt: number;
  /**
   * Whether the run's own item becomes due: `never` (this lease goes on itself, or a checkpoint), `group` (when nothing
   * of the pending group is open any more) or `always` (a race, or an SDK of execution version 1).
   */
  readonly wake: "never" | "group" | "always";
}

/**
 * Begins a group of steps that were reported together; it replaces an earlier group. Comes before the effects that plan
 * its steps. A step that is settled, or was reported before as part of a race, does not count as open.
 */
export interface OpenGroup {
  readonly kind: "open_group";
  readonly steps: readonly { readonly stepId: StepId; readonly op: string; readonly name: string; readonly race: boolean }[];
}

/** Gives a reported step an item of its own. Once per run and step, for the life of the run. */
export interface PlanStep {
  readonly kind: "plan_step";
  readonly stepId: StepId;
  readonly itemId: ItemId;
  readonly op: string;
  readonly name: string;
  readonly stepType?: string;
  readonly race: boolean;
  readonly dueAt: EpochMs;
  readonly rank: number;
  readonly laneKey: string;
  readonly functionId: FunctionId;
}

/** A sleep. `itemId` absent: the run's own item sleeps (then `next` is `queue`); else the sleep has an item of its own. */
export interface BeginSleep {
  readonly kind: "begin_sleep";
  readonly stepId: StepId;
  readonly itemId?: ItemId;
  readonly name: string;
  readonly race: boolean;
  readonly dueAt: EpochMs;
  readonly startedAt: EpochMs;
  readonly rank: number;
  readonly laneKey: string;
  readonly functionId: FunctionId;
}

/** A call that failed, waited, or carried several steps leaves a row; of others the journal says enough. */
export interface RecordAttempt {
  readonly kind: "record_attempt";
  readonly stepId?: StepId;
  readonly attempt: number;
  readonly generation: number;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly httpStatus?: number;
  readonly errorCode?: string;
  readonly error?: JsonText;
  readonly retryAt?: EpochMs;
  readonly steps: number;
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
      readonly laneKey: string;
      readonly functionId: FunctionId;
      readonly sleepStepId?: StepId;
    }
  /**
   * Own lease: nothing is due. It queues at once where a wake came meanwhile, or the group that this unit opens has no
   * open step; so does a run of which nothing else is alive, which then counts one more empty reply.
   */
  | { readonly kind: "park"; readonly rank: number; readonly laneKey: string; readonly functionId: FunctionId }
  /** Step lease: the item is done with. A run that has nothing else alive then queues, as with `park`. */
  | { readonly kind: "done" }
  /** Step lease: the same item again. */
  | { readonly kind: "retry"; readonly dueAt: EpochMs; readonly attempt: number }
  /** The run ends; nothing of it remains queued or held. `sweep: false` promises that it has no rows to remove. */
  | {
      readonly kind: "end";
      readonly status: EndedStatus;
      readonly output?: JsonText;
      readonly error?: JsonText;
      readonly endedAt: EpochMs;
      readonly sweep: boolean;
    };

/** Ends a run that is alive, whoever holds it. */
export interface CancelUnit {
  readonly kind: "cancel";
  readonly runId: RunId;
  readonly reason: string;
  readonly endedAt: EpochMs;
}

/** Gives a lease back unused (a drain, a lane that yields): the item is due at once, no attempt is counted. */
export interface ReleaseUnit {
  readonly kind: "release";
  readonly lease: Lease;
  readonly rank: number;
  readonly laneKey: string;
  readonly functionId: FunctionId;
}

export type UnitOutcome =
  | { readonly kind: "committed" }
  | { readonly kind: "accepted"; readonly events: readonly EventResult[] }
  /** Someone else has the item, or a later call of it is under way. Nothing was recorded. */
  | { readonly kind: "lease_lost" }
  | { readonly kind: "stale_journal" }
  | { readonly kind: "run_ended"; readonly status: EndedStatus }
  | { readonly kind: "not_found" }
  /** A limit of the run would be broken by what the unit records; nothing was. The engine fails the run with it. */
  | { readonly kind: "over_limit"; readonly limit: "stepsPerRunMax" | "runStateBytesMax" }
  /** The store said no to this unit and to no other; the mistake is the program's. */
  | { readonly kind: "refused"; readonly reason: string };

export type EventResult =
  | { readonly kind: "stored"; readonly seq: StoreSeq; readonly starts: readonly StartResult[] }
  | { readonly kind: "repeated"; readonly eventId: EventId };

export type StartResult =
  | { readonly kind: "leased"; readonly runSeq: StoreSeq }
  | { readonly kind: "queued"; readonly runSeq: StoreSeq }
  | { readonly kind: "duplicate"; readonly of: RunId };

export interface CommitParams {
  /** Read once for the batch. No statement asks the database for the time. */
  readonly now: EpochMs;
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
}
