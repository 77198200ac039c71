import type { EpochMs } from "@stepwell/protocol";
import type { EndedStatus } from "@stepwell/store";

/** The status people see of a run that is alive, and why. Ended runs show their status. */
export interface RunPhase {
  readonly status: "queued" | "running" | "waiting" | "retrying" | EndedStatus;
  readonly reason?: {
    readonly code:
      | "sleep"
      | "retry"
      | "queue"
      | "scheduled"
      | "steps"
      | "event"
      | "signal"
      | "invoke"
      | "function_gone"
      | "app_unreachable"
      | "circuit_open"
      | "singleton";
    readonly text: string;
    readonly until?: EpochMs;
    readonly stepId?: string;
  };
}
