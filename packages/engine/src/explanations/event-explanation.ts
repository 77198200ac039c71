// What became of an event, function by function.

import type { EpochMs, EventId, RunId, StepId } from "@stepwell/protocol";
import type { RunPhase } from "../runs/run-phase-report.ts";
import type { Headline } from "./run-explanation.ts";

export interface EventExplanation {
  readonly eventId: EventId;
  readonly name: string;
  readonly receivedAt: EpochMs;
  readonly headline: Headline;
  /** Of every function that has the event's name, and those that nearly had it. */
  readonly functions: readonly EventFate[];
  /** Steps that it woke, the first of them. */
  readonly wakes: readonly { readonly runId: RunId; readonly functionSlug: string; readonly stepId: StepId; readonly stepName: string }[];
}

export type EventFate = FateFacts & {
  readonly function: { readonly slug: string; readonly name: string };
  /** One sentence. */
  readonly text: string;
};

interface RunOf {
  readonly runId: RunId;
  /** Absent: the run does not exist yet, or is not kept any more. */
  readonly runStatus?: RunPhase["status"] | "collecting";
}

export type FateFacts =
  | ({ readonly outcome: "started" } & RunOf)
  | ({ readonly outcome: "skipped"; readonly blockingRunId?: RunId } & RunOf)
  | ({ readonly outcome: "batched"; readonly events?: number; readonly until?: EpochMs } & RunOf)
  /** `wonBy`: the event that the run is for. */
  | ({ readonly outcome: "debounced"; readonly wonBy?: EventId; readonly until?: EpochMs } & RunOf)
  | ({ readonly outcome: "duplicate"; readonly by: "event_id" | "idempotency" | "either"; readonly keyExpr?: string } & RunOf)
  | {
      readonly outcome: "rate_limited";
      readonly key?: string;
      readonly keyExpr?: string;
      readonly label?: string;
      readonly nextAt: EpochMs;
    }
  | { readonly outcome: "not_matched"; readonly expression: string; readonly read: Readonly<Record<string, unknown>> }
  | { readonly outcome: "error"; readonly error: string }
  | { readonly outcome: "missed" | "overlap" | "not_started"; readonly detail?: string }
  /** A cursor has not come to it. */
  | ({ readonly outcome: "pending" } & RunOf)
  /** Its app did not list it any more. */
  | { readonly outcome: "removed"; readonly since: EpochMs }
  /** It has the name now, and nothing is recorded of it. */
  | { readonly outcome: "unknown" };
