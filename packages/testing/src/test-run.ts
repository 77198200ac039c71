import { errorView, type RunView, runView, type StepView, stepView } from "@stepwell/embedded/internals";
import type { Engine } from "@stepwell/engine";
import type { JsonText, StepId } from "@stepwell/protocol";
import type { AttemptReport, RunReport } from "@stepwell/store";
import type { StepwellFunction } from "stepwell";
import { type OutputOf, reviveTypes } from "stepwell/internals";
import type { FoundSteps } from "./found-steps.ts";

export interface TestStep extends StepView {
  /** Its id, as the function writes it. */
  readonly step: string;
}

/** A run as it stood when it was looked at. */
export interface TestRun<Output = unknown> extends RunView<Output> {
  /** What the function returned, dates and maps as such. */
  readonly output?: Output;
  /** Settled ones in the order of their results, then those that are open, then those that are tried again. */
  readonly steps: readonly TestStep[];
}

/** A run, or its function: then its newest run. */
export type RunTarget = { readonly id: string; readonly status: string } | StepwellFunction;

/** A run of the function, or the run itself, with the type of its output. */
export type RunOf<Target> = Target extends StepwellFunction
  ? TestRun<OutputOf<Target>>
  : Target extends { readonly status: string; readonly output?: infer Output }
    ? TestRun<Output>
    : TestRun;

interface Remembered {
  readonly found: FoundSteps;
  readonly outputTypes: ReadonlyMap<string, JsonText>;
}

export async function testRun(engine: Engine, run: RunReport, { found, outputTypes }: Remembered): Promise<TestRun> {
  const [steps, attempts] = await Promise.all([engine.reports.runSteps(run.id), engine.reports.runAttempts(run.id)]);
  const settled = new Set(steps.filter(({ ord }) => ord !== undefined).map(({ stepId }) => stepId));
  const retried = run.endedAt === undefined ? retriedSteps(attempts, found).filter(({ id }) => !settled.has(id as StepId)) : [];
  const known = steps.map(stepView).filter(({ id }) => !retried.some((step) => step.id === id));
  const all = [...known, ...retried].map((step) => ({ ...step, step: found.of(step.id)?.id ?? step.name }));
  const view = runView(run, (report) => engine.phaseOf(report));
  const types = run.output === undefined ? undefined : outputTypes.get(run.id);
  return { ...view, ...(types === undefined ? {} : { output: reviveTypes(view.output, JSON.parse(types)) }), steps: all };
}

/** Steps that failed last, by their attempts: the journal has results alone. */
function retriedSteps(attempts: readonly AttemptReport[], found: FoundSteps): readonly StepView[] {
  const last = new Map(attempts.map((attempt) => [attempt.stepId, attempt]));
  return [...last].flatMap(([stepId, { error, attempt, startedAt, endedAt, retryAt }]) => {
    if (stepId === undefined || error === undefined || retryAt === undefined) return [];
    const name = found.of(stepId)?.name ?? stepId;
    return [
      { id: stepId, name, type: "step.run", state: "retrying", error: errorView(error), attempt, startedAt, endedAt, dueAt: retryAt },
    ];
  });
}
