import type { Logger } from "../log/logger.ts";
import type { GroupTools } from "../step/group-tools.ts";
import type { StepTools } from "../step/step-tools.ts";
import type { ReceivedEvent } from "./event.ts";

/** What a function is called with. */
export interface FunctionContext<Event = ReceivedEvent> {
  /** What started the run; of a batch the first. */
  readonly event: Event;
  /** All events that started the run. */
  readonly events: readonly [Event, ...Event[]];
  readonly step: StepTools;
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
