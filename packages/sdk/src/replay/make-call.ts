import type { Executable } from "../define/executable.ts";
import type { FunctionContext } from "../define/function-context.ts";
import { reviveError } from "../errors/revive-error.ts";
import { LogBook } from "../log/log-book.ts";
import { createGroupTools } from "../step/create-group-tools.ts";
import { createStepTools, type StartStep } from "../step/create-step-tools.ts";
import { CallLife } from "./call-life.ts";
import { Execution } from "./execution.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";
import { type Place, placeAside } from "./place.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A call with everything that its code is given, before any of it runs. */
export interface MadeCall {
  readonly execution: Execution;
  readonly life: CallLife;
  readonly place: Writable<Place>;
}

/** @param startStep - What the tools do where middleware stands between them and the execution. It is told of each call, so that nothing is kept from one to the next. */
export function makeCall(executable: Executable, request: ExecutionRequest, hooks: ExecutionHooks, startStep?: StartStep): MadeCall {
  const { client, definition, isFailureHandler } = executable;
  const retried = isFailureHandler ? undefined : definition;
  const execution = new Execution(request, hooks, { retried, isKept: startStep === undefined });
  const log = new LogBook({ base: client.logger, now: hooks.now ?? Date.now, execution });
  const place: Writable<Place> = placeAside(hooks);
  place.execution = execution;
  const context = contextOf(executable, request, log);
  place.context = context as FunctionContext;
  context.step = createStepTools(execution, { client, definition, runId: request.runId, startStep, place });
  context.group = createGroupTools(execution, place);
  return { execution, life: new CallLife({ log, place, isTargeted: request.stepId !== undefined }), place };
}

function contextOf({ isFailureHandler }: Executable, request: ExecutionRequest, { logger }: LogBook): Writable<Partial<FunctionContext>> {
  const [event] = request.events;
  if (event === undefined) throw new TypeError("a call has at least one event");
  const { runId, attempt, maxAttempts, requestId, jobId } = request;
  const context: Writable<Partial<FunctionContext>> = {
    event,
    events: request.events as FunctionContext["events"],
    runId,
    attempt,
    maxAttempts,
    logger,
  };
  if (requestId !== undefined) context.requestId = requestId;
  if (jobId !== undefined) context.jobId = jobId;
  if (isFailureHandler) context.error = reviveError(event.data["error"]) as Error;
  return context;
}
