// Events as they are stored, and what became of each.

import type { EpochMs, EventId, JsonText, StoreSeq } from "@stepwell/protocol";
import type { EnvironmentId } from "./apps.ts";

/** One accepted event. Never changes. */
export interface EventRecord {
  /** Our own ULID; with a sender's seed the same for every retry of one send. */
  readonly id: EventId;
  readonly environmentId: EnvironmentId;
  /** The sender's id, when it gave one: what the app sees as `event.id`. */
  readonly externalId?: string;
  readonly name: string;
  /** The sender's time. Informative; never used for order. */
  readonly ts: EpochMs;
  readonly receivedAt: EpochMs;
  readonly data: JsonText;
  readonly user?: JsonText;
  readonly meta?: JsonText;
  readonly v?: string;
}

export interface StoredEvent extends EventRecord {
  readonly seq: StoreSeq;
}

/**
 * Why a matched function has no run of its own from an event. `missed` and `overlap` are of schedules: a tick that came too
 * late, and one that came while the run of an earlier tick was alive. The detail of `duplicate` is the id of the run that was
 * started first, that of `rate_limited` the text of `rateLimitedDetail`. `batched` and `debounced`: the event went into a run
 * that begins later, or has begun; the detail is its id.
 */
export type OutcomeKind =
  | "batched"
  | "debounced"
  | "duplicate"
  | "expression_error"
  | "expression_false"
  | "missed"
  | "not_started"
  | "overlap"
  | "rate_limited";
