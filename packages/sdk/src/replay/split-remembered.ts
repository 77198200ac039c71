import type { FoundStep } from "./found-step.ts";

export interface RememberedSplit {
  readonly remembered: readonly FoundStep[];
  readonly open: FoundStep[];
}

/**
 * The steps that an execution has come to, by whether a later call remembers them. `undefined`: that call remembers steps
 * that this execution knows nothing of.
 *
 * @param isSettled - Whether a step has its result here already.
 */
export function splitRemembered(
  found: readonly FoundStep[],
  order: readonly string[],
  isSettled: (id: string) => boolean,
): RememberedSplit | undefined {
  const open = new Map(found.map((step) => [step.hashed as string, step]));
  const remembered: FoundStep[] = [];
  for (const id of order) {
    const step = open.get(id);
    if (step === undefined && !isSettled(id)) return undefined;
    if (step === undefined) continue;
    open.delete(id);
    remembered.push(step);
  }
  return { remembered, open: [...open.values()] };
}
