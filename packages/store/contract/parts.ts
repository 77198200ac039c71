// Short ways to write the units a case is made of; a case names only what it is about.

import type { EpochMs, FunctionConfig, FunctionUuid, JsonText, RunId, StepId } from "@stepwell/protocol";
import type { CallUnit, CancelUnit, Effect, Lease, Next, OpenGroup, RunChange, SettleStep } from "@stepwell/store";

/** When every case begins. */
export const t0 = 1_700_000_000_000 as EpochMs;

export function at(ms: number): EpochMs {
  return (t0 + ms) as EpochMs;
}

export function stepId(name: string): StepId {
  return name.padEnd(40, "0") as StepId;
}

export function functionOf(
  slug: string,
  parts: Partial<FunctionConfig> = {},
): { readonly uuid: FunctionUuid; readonly config: FunctionConfig } {
  const digits = [...slug].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1e12, 7);
  const uuid = `00000000-0000-4000-9000-${String(digits).padStart(12, "0")}` as FunctionUuid;
  return {
    uuid,
    config: {
      slug,
      name: slug,
      triggers: [],
      url: "http://localhost:3000/api/inngest",
      retries: 4,
      options: {},
      ...parts,
    } as FunctionConfig,
  };
}

export function settle(name: string, parts: Partial<SettleStep> = {}): SettleStep {
  return {
    kind: "settle_step",
    stepId: stepId(name),
    op: "StepRun",
    name,
    memo: `{"data":"${name}"}` as JsonText,
    failed: false,
    startedAt: t0,
    endedAt: t0,
    attempt: 0,
    wake: "never",
    ...parts,
  };
}

export function openGroup(names: readonly string[], race = false): OpenGroup {
  return { kind: "open_group", steps: names.map((name) => ({ stepId: stepId(name), op: "StepRun", name, race })) };
}

export function call(lease: Lease, effects: readonly Effect[], next: Next, change: RunChange = {}): CallUnit {
  return { kind: "call", lease, effects, next, change };
}

export function end(parts: Partial<Extract<Next, { kind: "end" }>> = {}): Next {
  return { kind: "end", status: "completed", output: '"done"' as JsonText, endedAt: t0, sweep: true, ...parts };
}

export function cancel(runId: RunId): CancelUnit {
  return { kind: "cancel", runId, reason: "a person said so", endedAt: t0 };
}
