import type { Reply } from "@stepwell/protocol";
import type { Executable } from "../define/executable.ts";
import type { FunctionContext } from "../define/function-context.ts";
import { reviveError } from "../errors/revive-error.ts";
import { createGroupTools, RaceScope } from "../step/create-group-tools.ts";
import { createStepTools } from "../step/create-step-tools.ts";
import { Execution } from "./execution.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";

/**
 * Runs one call of a function and says what the server is to make of it. It knows nothing of HTTP.
 *
 * It rejects for faults of this package only; whatever user code does is a reply.
 */
export function executeFunction(executable: Executable, request: ExecutionRequest, hooks: ExecutionHooks = {}): Promise<Reply> {
  const execution = new Execution(request, hooks);
  const scope = new RaceScope();
  const { client, handler } = executable;
  const tools = createStepTools(execution, { client, runId: request.runId, isRacing: scope.isRacing });
  const [event] = request.events;
  if (event === undefined) throw new TypeError("a call has at least one event");
  const context: FunctionContext = {
    event,
    events: request.events as FunctionContext["events"],
    step: tools,
    group: createGroupTools(scope),
    runId: request.runId,
    attempt: request.attempt,
    maxAttempts: request.maxAttempts,
    logger: client.logger,
    ...(request.requestId === undefined ? {} : { requestId: request.requestId }),
    ...(request.jobId === undefined ? {} : { jobId: request.jobId }),
    ...(executable.isFailureHandler ? { error: reviveError(event.data["error"]) as Error } : {}),
  };
  return execution.run(() => handler(context));
}
