import type { Executable } from "../define/executable.ts";
import type { CheckpointingOptions } from "../define/function-options.ts";
import { durationMs } from "../time/duration.ts";
import type { ExecutionHooks } from "./execution-request.ts";

/** How long one call goes from step to step, in ms, where nobody says otherwise: hosts end requests that last. */
const maxRuntimeMsDefault = 10_000;

/** How far a call of the function goes on by itself, as function or client say. `undefined`: every step is a call of its own. */
export function checkpointLimits({ client, definition }: Executable): ExecutionHooks | undefined {
  const { opts } = definition;
  const { options } = client;
  const asked = opts.checkpointing ?? opts.experimentalCheckpointing ?? options.checkpointing ?? options.experimentalCheckpointing;
  return asked === false ? undefined : limitsOf(asked);
}

function limitsOf(asked: CheckpointingOptions | undefined): ExecutionHooks {
  const { maxRuntime, bufferedSteps = 1, maxInterval } = typeof asked === "object" ? asked : {};
  const runtimeMs = maxRuntime === undefined ? maxRuntimeMsDefault : durationMs(maxRuntime);
  const intervalMs = maxInterval === undefined ? undefined : durationMs(maxInterval);
  return {
    unsavedMax: Math.max(1, bufferedSteps),
    // Nothing, or zero: as long as it takes.
    ...(runtimeMs === undefined || runtimeMs <= 0 ? {} : { maxRuntimeMs: runtimeMs }),
    ...(intervalMs === undefined || intervalMs <= 0 ? {} : { unsavedMsMax: intervalMs }),
  };
}
