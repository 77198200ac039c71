import type { Logger } from "../log/logger.ts";
import type { GroupTools } from "../step/group-tools.ts";
import type { StepTools } from "../step/step-tools.ts";
import type { ReceivedEvent } from "./event.ts";

/** What a function is called with. */
export interface FunctionContext<Event = ReceivedEvent, Events = object> {
  /** What started the run; of a batch the first. */
  readonly event: Event;
  /** All events that started the run. */
  readonly events: [Event, ...Event[]];
  readonly step: StepTools<Events>;
  readonly group: GroupTools;
  readonly runId: string;
  /** From 0: how often this call has been tried before. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Writes each line once, however often the function is replayed. */
  readonly logger: Logger;
  readonly requestId?: string;
  readonly jobId?: string;
  /** In a failure handler: why the run failed. */
  readonly error?: Error;
}

/** What tells a failure handler of a run that failed. */
export interface FailureEvent<Event = ReceivedEvent> {
  name: "inngest/function.failed";
  id: string;
  ts: number;
  data: {
    function_id: string;
    run_id: string;
    error: { name: string; message: string; stack?: string; cause?: unknown };
    /** What started the run. */
    event: Event;
  };
}

/** What a failure handler is called with. */
export type FailureContext<Event = ReceivedEvent, Events = object> = Omit<FunctionContext<FailureEvent<Event>, Events>, "error"> & {
  /** Why the run failed. */
  readonly error: Error;
};
