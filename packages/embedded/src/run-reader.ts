import type { RunPhase } from "@stepwell/engine";
import { type EventId, isUlid, type RunId, type RunStatus, StepwellError } from "@stepwell/protocol";
import type { FunctionId, ReportsStore, RunReport } from "@stepwell/store";
import { type RunView, runView, type StartedRunId, type StepView, stepView } from "./run-view.ts";

export interface RunQuery {
  /** Whole ids of functions: `<app>-<function>`. */
  readonly functions?: readonly string[];
  readonly statuses?: readonly RunStatus[];
  /** Runs that this event started. */
  readonly eventId?: string;
  /** 1 to 200; 50 by default. */
  readonly limit?: number;
}

/** What can be read of runs, whoever owns the file. */
export interface RunReader {
  /** `undefined`: there is none, or retention has taken it. */
  get<Output = unknown>(runId: string | StartedRunId<Output>): Promise<RunView<Output> | undefined>;
  /** Newest first. */
  list(query?: RunQuery): Promise<readonly RunView[]>;
  /** Settled ones in the order of their results, then those that are open. */
  steps(runId: string): Promise<readonly StepView[]>;
}

export interface RunReaderParts {
  readonly reports: ReportsStore;
  /** By its whole id; `undefined`: there is no such function. */
  readonly functionIdOf: (slug: string) => Promise<FunctionId | undefined>;
  readonly phaseOf: (run: RunReport) => RunPhase;
}

const limitDefault = 50;
const limitMax = 200;

export function runReader({ reports, functionIdOf, phaseOf }: RunReaderParts): RunReader {
  return {
    async get<Output>(runId: string) {
      const run = isUlid(runId) ? await reports.getRun(runId as RunId) : undefined;
      return run === undefined ? undefined : (runView(run, phaseOf) as RunView<Output>);
    },
    async list({ functions, statuses, eventId, limit = limitDefault } = {}) {
      if (!Number.isInteger(limit) || limit < 1 || limit > limitMax)
        throw new StepwellError("invalid_request", `limit is ${limit}; it is a whole number from 1 to ${limitMax}`, { retryable: false });
      const functionIds = functions === undefined ? undefined : await Promise.all(functions.map(functionIdOf));
      const filter = {
        ...(functionIds === undefined ? {} : { functionIds: functionIds.filter((id) => id !== undefined) }),
        ...(statuses === undefined ? {} : { statuses }),
        ...(eventId === undefined ? {} : { eventId: eventId as EventId }),
      };
      const { rows } = await reports.listRuns(filter, { limit });
      return rows.map((run) => runView(run, phaseOf));
    },
    async steps(runId) {
      return isUlid(runId) ? (await reports.runSteps(runId as RunId)).map(stepView) : [];
    },
  };
}
