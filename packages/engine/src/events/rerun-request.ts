import type { JsonText, RunId } from "@stepwell/protocol";

export interface RerunParams {
  readonly runId: RunId;
  /** Absent: from the beginning. */
  readonly from?: RerunFrom;
  /** Of a run that failed: it goes on where it did, with what it had done. Instead of `from`. */
  readonly resume?: boolean;
  /** A failed run that has been repeated before is not repeated again. */
  readonly once?: boolean;
  /** As people see it with the new run. */
  readonly name?: string;
}

/** Steps are named by their ids, or by the names that people see. */
export interface RerunFrom {
  readonly step: string;
  /** A list: what the step is called with. */
  readonly input?: JsonText;
  /** What steps are taken to have returned. */
  readonly overrides?: ReadonlyMap<string, JsonText>;
  /** Earlier steps whose results are not kept. */
  readonly runAgain?: readonly string[];
}

export type RerunResult =
  | { readonly kind: "started"; readonly runId: RunId }
  | { readonly kind: "run_not_found" }
  /** Asked for once, and done before. */
  | { readonly kind: "already_redriven"; readonly runId: RunId }
  /** Retention has taken the run, or a part of it. */
  | { readonly kind: "payload_expired" }
  /** Its app does not list the function any more. */
  | { readonly kind: "function_not_found"; readonly slug: string }
  | RerunRefusal
  /** The run `by` has the function's singleton. */
  | { readonly kind: "singleton_held"; readonly by: RunId }
  /** What the new run would be born with is more than a run may have. */
  | { readonly kind: "too_large" };

export type RerunRefusal =
  /** The run has no such step, or several of this name. */
  | { readonly kind: "step_not_found"; readonly step: string; readonly matches: number }
  /** The step takes no arguments that could be others. */
  | { readonly kind: "input_not_editable"; readonly step: string; readonly op: string };
