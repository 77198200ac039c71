import type { StepId } from "@stepwell/protocol";
import type { StepCall } from "../step/step-call.ts";
import type { Memo } from "./memos.ts";
import type { StepPromise } from "./step-promise.ts";

/** A step that user code has come to. */
export interface FoundStep {
  readonly call: StepCall;
  readonly hashed: StepId;
  /** 0 for the first use of an id, 1 for the second. */
  readonly index: number;
  /** What is remembered of it; of a step that is kept, once it is. */
  memo: Memo | undefined;
  readonly promise: StepPromise;
  isSettled: boolean;
}
