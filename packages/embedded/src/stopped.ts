import { StepwellError } from "@stepwell/protocol";

/** Said to whoever asks something of an engine that takes nothing any more. */
export function stopped(): StepwellError {
  return new StepwellError("engine_stopped", "the engine of this process was stopped", {
    retryable: false,
    advice: "Send before it is stopped, or open it again with createEngine.",
  });
}
