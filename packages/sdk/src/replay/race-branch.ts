import type { StepId } from "@stepwell/protocol";

/** One branch of a race and the steps that were called in it. */
export class RaceBranch {
  readonly steps = new Set<StepId>();
}
