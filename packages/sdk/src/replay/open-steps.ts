import type { StepId } from "@stepwell/protocol";
import type { FoundStep } from "./found-step.ts";
import type { RaceWatch } from "./race-watch.ts";

export interface OpenStepsParts {
  readonly cancelled: ReadonlySet<StepId> | undefined;
  readonly races: RaceWatch;
  /** User code has left. */
  readonly isOver: boolean;
}

/**
 * Those that the function waits for. One that has lost its race counts only where nothing else is left to wait for. Once user
 * code has left, nobody waits for time to pass or for something to come; what a step does is done all the same.
 */
export function openSteps(found: readonly FoundStep[], { cancelled, races, isOver }: OpenStepsParts): readonly FoundStep[] {
  if (cancelled === undefined && races.isQuiet && !isOver) return found;
  const open = found.filter((step) => cancelled?.has(step.hashed) !== true && !(isOver && waits.has(step.call.type)));
  const wanted = open.filter((step) => !races.hasLost(step));
  return wanted.length === 0 && !isOver ? open : wanted;
}

const waits: ReadonlySet<string> = new Set(["step.sleep", "step.sleepUntil", "step.waitForEvent", "step.waitForSignal"]);
