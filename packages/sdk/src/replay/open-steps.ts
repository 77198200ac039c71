import type { StepId } from "@stepwell/protocol";
import type { FoundStep } from "./found-step.ts";
import type { RaceWatch } from "./race-watch.ts";

export interface OpenStepsParts {
  readonly cancelled: ReadonlySet<StepId> | undefined;
  readonly races: RaceWatch;
  /** User code has left. */
  readonly isOver: boolean;
}

/** Those that the function waits for. One that has lost its race counts only where nothing else is left to wait for. */
export function openSteps(found: readonly FoundStep[], { cancelled, races, isOver }: OpenStepsParts): readonly FoundStep[] {
  if (cancelled === undefined && races.isQuiet) return found;
  const open = found.filter(({ hashed }) => cancelled?.has(hashed) !== true);
  const wanted = open.filter((step) => !races.hasLost(step));
  return wanted.length === 0 && !isOver ? open : wanted;
}
