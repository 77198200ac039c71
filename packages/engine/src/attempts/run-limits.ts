// Lower limits for the runs of one function, so that a test need not make ten thousand steps to see what becomes of them.
// They are kept in memory, and counted from what is in hand; the limits that hold for everybody are the store's to settle.

import { utf8Bytes } from "@stepwell/protocol";
import type { CallUnit, FunctionId } from "@stepwell/store";
import type { RunLimitName } from "../engine-interface.ts";
import type { RunInHand } from "../runs/run-in-hand.ts";

export interface BrokenLimit {
  readonly limit: RunLimitName;
  readonly max: number;
}

export class RunLimits {
  readonly #maxima = new Map<FunctionId, Map<RunLimitName, number>>();

  set(functionId: FunctionId, limit: RunLimitName, max: number): void {
    const known = this.#maxima.get(functionId) ?? new Map<RunLimitName, number>();
    this.#maxima.set(functionId, known.set(limit, max));
  }

  /** False: none was set. */
  remove(functionId: FunctionId, limit: RunLimitName): boolean {
    const known = this.#maxima.get(functionId);
    const isRemoved = known?.delete(limit) === true;
    if (known?.size === 0) this.#maxima.delete(functionId);
    return isRemoved;
  }

  /** What a run would break by this unit. */
  brokenBy(run: RunInHand, unit: CallUnit): BrokenLimit | undefined {
    if (this.#maxima.size === 0) return undefined;
    const maxima = this.#maxima.get(run.entry.record.id);
    if (maxima === undefined) return undefined;
    const sizes: Readonly<Record<RunLimitName, number>> = {
      stepsPerRunMax: stepsAfter(run, unit),
      runStateBytesMax: bytesAfter(run, unit),
    };
    for (const [limit, max] of maxima) if (sizes[limit] > max) return { limit, max };
    return undefined;
  }
}

function stepsAfter(run: RunInHand, unit: CallUnit): number {
  const steps = new Set<string>(run.memos.keys());
  for (const effect of unit.effects) {
    if (effect.kind === "open_group") for (const { stepId } of effect.steps) steps.add(stepId);
    else if ("stepId" in effect && effect.stepId !== undefined && effect.kind !== "record_logs") steps.add(effect.stepId);
  }
  return steps.size;
}

function bytesAfter(run: RunInHand, unit: CallUnit): number {
  let bytes = 0;
  for (const memo of run.memos.values()) bytes += utf8Bytes(memo);
  for (const effect of unit.effects) if (effect.kind === "settle_step") bytes += utf8Bytes(effect.memo);
  return bytes;
}
