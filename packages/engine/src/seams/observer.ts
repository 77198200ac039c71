// What happened, for logs, metrics and people. One typed union; each kind is a row of docs/events.md. Payloads are
// never in it.

import type { EpochMs, EventId, RunId, StepId } from "@stepwell/protocol";
import type { FaultKind } from "./transport.ts";

export type Occurrence =
  | {
      readonly kind: "event.accepted";
      readonly at: EpochMs;
      readonly name: string;
      readonly eventId: EventId;
      readonly starts: number;
      readonly outcomes: number;
      readonly repeated: boolean;
    }
  | { readonly kind: "run.started"; readonly at: EpochMs; readonly runId: RunId; readonly slug: string; readonly queuedAt: EpochMs }
  | {
      readonly kind: "run.ended";
      readonly at: EpochMs;
      readonly runId: RunId;
      readonly slug: string;
      readonly status: "completed" | "failed" | "cancelled" | "skipped";
      readonly queuedAt: EpochMs;
      readonly errorName?: string;
      readonly errorMessage?: string;
    }
  | {
      readonly kind: "run.parked";
      readonly at: EpochMs;
      readonly runId: RunId;
      readonly slug: string;
      readonly dueAt?: EpochMs;
      readonly stepName?: string;
    }
  | {
      readonly kind: "step.settled";
      readonly at: EpochMs;
      readonly runId: RunId;
      readonly slug: string;
      readonly stepId: StepId;
      readonly name: string;
      readonly failed: boolean;
    }
  | {
      readonly kind: "attempt.failed";
      readonly at: EpochMs;
      readonly runId: RunId;
      readonly slug: string;
      readonly attempt: number;
      readonly maxAttempts: number;
      readonly code: string;
      readonly message: string;
      readonly stepName?: string;
      readonly retryAt?: EpochMs;
    }
  | {
      readonly kind: "chaos.injected";
      readonly at: EpochMs;
      readonly runId: RunId;
      readonly slug: string;
      readonly fault: FaultKind;
      readonly stepName?: string;
    }
  | {
      readonly kind: "breaker.opened";
      readonly at: EpochMs;
      readonly breakerId: string;
      readonly slug: string;
      readonly value?: string;
      readonly reason: "failures" | "back_pressure";
      readonly until: EpochMs;
      readonly calls: number;
      readonly failures: number;
      /** It was open before: a probe failed, or the app asks for more time. */
      readonly again: boolean;
    }
  | {
      readonly kind: "breaker.closed";
      readonly at: EpochMs;
      readonly breakerId: string;
      readonly slug: string;
      readonly value?: string;
      /** `time`: a pause was over, and nobody was there to ask again. */
      readonly by: "probe" | "person" | "configuration" | "time";
    }
  | { readonly kind: "attempt.lease_lost"; readonly at: EpochMs; readonly runId: RunId; readonly slug: string }
  | { readonly kind: "attempt.too_late"; readonly at: EpochMs; readonly runId: RunId; readonly slug: string; readonly status: string }
  | { readonly kind: "checkpoint.stale"; readonly at: EpochMs; readonly runId: RunId }
  | {
      readonly kind: "app.synced";
      readonly at: EpochMs;
      readonly appName: string;
      readonly url: string;
      readonly functions: number;
      readonly modified: boolean;
      readonly warnings: readonly string[];
      readonly changed: readonly string[];
    }
  | {
      readonly kind: "app.sync_refused";
      readonly at: EpochMs;
      readonly appName: string;
      readonly url: string;
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: "app.removed"; readonly at: EpochMs; readonly appName: string; readonly url: string; readonly replacedBy?: string }
  | {
      readonly kind: "schedule.skipped";
      readonly at: EpochMs;
      readonly slug: string;
      readonly cron: string;
      /** `missed`: too late, and not made up for. `overlap`: an earlier run is alive, or a later tick starts. */
      readonly reason: "missed" | "overlap";
      readonly detail: string;
    }
  | { readonly kind: "queue.taken_over"; readonly at: EpochMs; readonly freed: number }
  | { readonly kind: "retention.finished"; readonly at: EpochMs; readonly runs: number; readonly events: number }
  | { readonly kind: "store.failed"; readonly at: EpochMs; readonly during: string; readonly message: string; readonly retryInMs: number }
  | { readonly kind: "clock.jumped_back"; readonly at: EpochMs; readonly byMs: number };

export interface Observer {
  emit(occurrence: Occurrence): void;
}
