import type { LogLine } from "@stepwell/protocol";
import type { StepBody } from "../step/step-call.ts";
import type { ExecutionHooks } from "./execution-request.ts";
import type { FoundStep } from "./found-step.ts";

/** What goes on around user code and is none of the execution's own business: middleware, and the log. */
export interface Life {
  /** Whatever was remembered has been replayed: from here on code runs for the first time. Further calls do nothing. */
  onMemoizationEnd(): Promise<void> | undefined;
  /** What ran ahead of a step is recorded with it, and does not run again. */
  onReport(): void;
  /** Runs the code of a step. */
  runStep(step: FoundStep, body: StepBody, input: readonly unknown[]): unknown;
  /** The code of a step has run; what it wrote to the log. */
  endStep(step: FoundStep): readonly LogLine[] | undefined;
  /** Before a reply that ends the run, or fails its code. */
  onEnd(
    end:
      | { readonly kind: "returned"; readonly value: unknown }
      | { readonly kind: "threw"; readonly error: unknown; readonly isFinal: boolean },
  ): Promise<void> | undefined;
  /** Says something to whoever reads the run's log. */
  warn(text: string): void;
  /** Before any reply: something is to be awaited first, or nothing. */
  beforeReply(hooks: ExecutionHooks): Promise<void> | undefined;
}
