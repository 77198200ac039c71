// Runs that are being collected: the event of a debounce, the events of a batch.
//
// P1. A run has its id from its first event on, so every event can say what became of it.
// P2. One timer for each, moved in the unit that accepts an event. From its due time on nothing goes into the run any more,
//     whether or not its handler has come: the next event opens another one.
// P3. The unit that starts the run takes away what was collected, so that it starts once.

import type { EpochMs, RunId } from "@stepwell/protocol";
import type { FunctionId } from "./apps.ts";
import type { StoredEvent } from "./events.ts";
import type { TimerRef } from "./timers.ts";
import type { HolderRef, StartRun } from "./units.ts";

/** How an event is collected. Of one function, kind and key one run is open at a time. */
export type CollectRun =
  | {
      readonly kind: "debounce";
      readonly key: string;
      /** From the latest event that counts. */
      readonly periodMs: number;
      /** From the first event; later ones do not move it. */
      readonly timeoutMs?: number;
      /** An event with an earlier time than the one that is kept counts for nothing. */
      readonly ts: EpochMs;
    }
  | {
      readonly kind: "batch";
      readonly key: string;
      /** From the first event. */
      readonly timeoutMs: number;
      /** With so many events it is due at once. */
      readonly sizeMax: number;
      /** An event that would carry it beyond makes it due at once, and is the first of the next. */
      readonly bytesMax: number;
      /** Of this event. */
      readonly bytes: number;
    };

export interface PendingRun {
  readonly runId: RunId;
  readonly functionId: FunctionId;
  readonly kind: CollectRun["kind"];
  /** The one that a debounce keeps, the first one of a batch. */
  readonly event: StoredEvent;
  /** When the run of that event alone would begin. */
  readonly startAt: EpochMs;
  readonly origin?: string;
  /** How often an event was collected: who starts the run shows that it knows the last one. */
  readonly joins: number;
}

export interface PendingStore {
  find(runId: RunId): Promise<PendingRun | undefined>;
}

/**
 * Starts a run that was collected, on its events in the order of their acceptance. Turned away as `not_found` unless the
 * timer and the number of joins are as they were seen. Steps that invoked it wait for the run from now on, or fail where
 * it does not start.
 */
export interface StartPendingUnit {
  readonly kind: "start_pending";
  readonly holder: HolderRef;
  readonly timer: TimerRef;
  readonly joins: number;
  readonly start: StartRun;
}
