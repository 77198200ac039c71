import type { EventId, RunId } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import type { EventExplanation } from "./event-explanation.ts";
import type { RunExplanation } from "./run-explanation.ts";
import type { RunKey } from "./run-keys.ts";

/** Answers to "why?". */
export interface Explanations {
  /** Why a run does not move, or that it does; one whose events are still collected too. */
  run(runId: RunId): Promise<RunExplanation | undefined>;
  /** What became of an event, function by function. */
  event(eventId: EventId): Promise<EventExplanation | undefined>;
  /** The keys of a run that is alive, by the options that have them. */
  keysOf(run: RunReport): readonly RunKey[];
}
