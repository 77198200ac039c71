import type { EpochMs, ItemId, StepId } from "@stepwell/protocol";
import type { CallUnit, EventRecord, EventResult, HolderId, Mark, PlannedStep } from "@stepwell/store";
import type { InvokeListeners } from "../events/invoke-listeners.ts";
import type { StartedEvents } from "../events/started-events.ts";
import type { FunctionEntry, RunInHand } from "../runs/run-in-hand.ts";
import type { Clock } from "../seams/clock.ts";
import type { Gateway } from "../seams/gateway.ts";
import type { Observer } from "../seams/observer.ts";
import type { Random } from "../seams/random.ts";
import type { CallReply, Transport } from "../seams/transport.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import type { EndOfRun } from "./decide-reply.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import type { RunLimits } from "./run-limits.ts";
import type { StepCredentials } from "./step-credentials.ts";

/** Running totals of what attempts did. Plain numbers, because they change with every step. */
export interface AttemptTotals {
  callsMade: number;
  runsStarted: number;
  runsCompleted: number;
  runsFailed: number;
  runsCancelled: number;
  stepsSettled: number;
  attemptsFailed: number;
}

/** What working on a run needs of its surroundings. */
export interface Workshop {
  readonly holderId: HolderId;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly gateway: Gateway | undefined;
  readonly credentials: StepCredentials;
  readonly writer: BatchWriter;
  readonly observer: Observer | undefined;
  readonly policy: RetryPolicy;
  readonly totals: AttemptTotals;
  readonly limits: RunLimits;
  /** After the outcome was told: until when the item is put off because its app asked for a pause. `undefined`: it is not. */
  putOffUntil(run: RunInHand, reply: CallReply): EpochMs | undefined;
  readonly isStopping: boolean;
  /** Somebody else could use this lease's place. */
  othersWait(): boolean;
  /** Takes the function as the last sync left it. False: its app does not list it any more, and the run must be handed back. */
  refresh(run: RunInHand): boolean;
  /** What the app said, for its breaker. A promise where that holds lanes or lets them go: it has when it resolves. */
  tellOutcome(run: RunInHand, reply: CallReply, sentAt: EpochMs): Promise<void> | undefined;
  /** Now, or a little earlier, in the order of commits. */
  mark(): Mark;
  /** These are functions of their own, because they are handed on with every reply. */
  readonly findFunction: (name: string) => FunctionEntry | undefined;
  hasRoom(): boolean;
  /** Who listens to invokes, beside the function that is invoked. */
  readonly invokeListeners: (event: EventRecord, target: FunctionEntry) => InvokeListeners;
  /** The events of a run's end that start a function, with what they start. */
  readonly startByEnd: (run: RunInHand, end: EndOfRun) => StartedEvents;
  readonly newItemId: () => ItemId;
  /** Runs that were born leased by events of a unit go into the hand; the rest of what the events start is seen to. */
  takeStarted(started: StartedEvents, results: readonly EventResult[]): void;
  /** Steps that were planned leased by a unit of the run go into the hand. */
  takePlanned(run: RunInHand, unit: CallUnit, planned: readonly PlannedStep[]): void;
  /** Requests of these steps are under way no longer, whatever they bring. */
  dropRequests(run: RunInHand, stepIds: readonly StepId[]): void;
  /** Reads the journal anew. False: the lease is gone. Rejects when the store fails. */
  reread(run: RunInHand): Promise<boolean>;
  /** The same; a run whose journal could not be read leaves the hand. */
  reload(run: RunInHand): Promise<boolean>;
  /** Hands the lease back unused; resolves with false. */
  release(run: RunInHand): Promise<false>;
  /** The store did not say what became of a unit: the run leaves the hand and is looked up later. */
  storeFailed(run: RunInHand, error: unknown): void;
}
