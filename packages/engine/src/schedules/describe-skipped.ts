import type { CronTrigger, RunId } from "@stepwell/protocol";
import { assertNever } from "@stepwell/protocol";
import type { SkippedTicks } from "./decide-tick.ts";
import { rfc3339 } from "./tick-event.ts";

export interface SkippedContext {
  readonly catchUp: CronTrigger["catchUp"];
  /** The run that is in the way; absent where a later tick starts instead. */
  readonly aliveRunId: RunId | undefined;
}

/** Why ticks start nothing, for the person who looks for their runs. */
export function describeSkipped({ reason, first, last }: SkippedTicks, { catchUp, aliveRunId }: SkippedContext): string {
  const [from, until] = [rfc3339(first.scheduledAt), rfc3339(last.scheduledAt)];
  const which = from === until ? `the tick of ${from}` : `the ticks from ${from} to ${until}`;
  switch (reason) {
    case "missed":
      return `${which} came too late, e.g. because no server ran; catchUp is "${catchUp}"`;
    case "overlap":
      return aliveRunId === undefined
        ? `${which} would overlap with the later one that starts; overlap is "skip"`
        : `${which} came while run ${aliveRunId} was alive; overlap is "skip"`;
    default:
      return assertNever(reason);
  }
}
