import type { Reply } from "@stepwell/protocol";
import type { Executable } from "../define/executable.ts";
import type { FunctionContext } from "../define/function-context.ts";
import { validateReceived } from "../define/validate-received.ts";
import { reviveError } from "../errors/revive-error.ts";
import { LogBook } from "../log/log-book.ts";
import { type Hooks, hasHook, told, wrapped } from "../middleware/hooks.ts";
import type { Response } from "../middleware/middleware.ts";
import { openMiddleware } from "../middleware/open-middleware.ts";
import { createGroupTools } from "../step/create-group-tools.ts";
import { createStepTools } from "../step/create-step-tools.ts";
import { encodeReply } from "../wire/encode-reply.ts";
import { CallLife } from "./call-life.ts";
import { Execution } from "./execution.ts";
import type { ExecutionHooks, ExecutionRequest, ParkedExecution } from "./execution-request.ts";
import { type Place, runAt } from "./place.ts";
import { transformInput } from "./transform-input.ts";

/**
 * Runs one call of a function and says what the server is to make of it. It knows nothing of HTTP.
 *
 * It rejects for faults of this package only; whatever user code does is a reply.
 */
export function executeFunction(executable: Executable, request: ExecutionRequest, hooks: ExecutionHooks = {}): Promise<Reply> {
  const middleware = openMiddleware(executable.client, executable.definition);
  return hasHook(middleware, "wrapRequest")
    ? executeWrapped(executable, request, hooks, middleware)
    : executeWith(executable, request, hooks, middleware);
}

/** Middleware that wraps requests sees one that nobody sent. */
async function executeWrapped(
  executable: Executable,
  request: ExecutionRequest,
  hooks: ExecutionHooks,
  middleware: readonly Hooks[],
): Promise<Reply> {
  let reply: Reply | undefined;
  const requestInfo = { method: "POST", url: new URL("stepwell://in.process/"), headers: {}, body: async () => undefined };
  const about = { fn: executable.definition, requestArgs: [], requestInfo, runId: request.runId };
  await wrapped(middleware, "wrapRequest", about, async (): Promise<Response> => {
    reply = await executeWith(executable, request, hooks, middleware);
    const { status, body, headers = {} } = encodeReply(reply, request.stepId, (hooks.now ?? Date.now)());
    return { status, body, headers: { ...headers } };
  });
  if (reply === undefined) throw new TypeError("a middleware did not call next() in wrapRequest");
  return reply;
}

/** The same with middleware that is open already. */
export async function executeWith(
  executable: Executable,
  request: ExecutionRequest,
  hooks: ExecutionHooks,
  middleware: readonly Hooks[],
): Promise<Reply> {
  const { client, definition, handler, retryDelay } = executable;
  const execution = new Execution(request, parkedBy(hooks, middleware, finished), retryDelay);
  const log = new LogBook({ base: client.logger, now: hooks.now ?? Date.now, isAhead: () => execution.isAhead });
  const place = { execution, branches: [], isRacing: false } as unknown as Writable<Place>;
  const about = { client, definition, runId: request.runId, middleware, place: () => place };
  let context = contextOf(executable, request, log);
  context.step = createStepTools(execution, { ...about, context: () => context as FunctionContext });
  context.group = createGroupTools(execution, place);
  place.context = context as FunctionContext;
  const lifeWith = (hooked: readonly Hooks[]): CallLife =>
    new CallLife({
      ...{ fn: definition, context: context as FunctionContext, hooks: hooked, log, place },
      isLastAttempt: request.attempt + 1 >= request.maxAttempts,
      isTargeted: request.stepId !== undefined,
    });
  let life: CallLife | undefined;
  if (middleware.length > 0 || executable.hasSchemas) {
    try {
      context = await transformInput(executable, execution, middleware, context as FunctionContext);
      if (executable.hasSchemas) Object.assign(context, await validateReceived(executable, context as FunctionContext));
      place.context = context as FunctionContext;
      life = lifeWith(middleware);
      if (request.memos.order.length === 0) await life.onMemoizationEnd();
      const isFirst = request.attempt === 0 && request.memos.order.length === 0 && request.stepId === undefined;
      if (isFirst) await told(middleware, "onRunStart", { ctx: context as FunctionContext, fn: definition });
    } catch (error) {
      return finished(execution.run(() => Promise.reject(error), lifeWith([])));
    }
  }
  const call = (): unknown => runAt(place, () => handler(context as FunctionContext));
  const hooked = (): unknown =>
    middleware.length === 0
      ? call()
      : wrapped(middleware, "wrapFunctionHandler", { ctx: context as FunctionContext, fn: definition }, async () => call());
  return finished(execution.run(hooked, life ?? lifeWith(middleware)));

  /** Lines that no step carries go on their own. */
  async function finished(running: Promise<Reply>): Promise<Reply> {
    const reply = await running;
    const lines = log.takeOutside();
    if (lines.length > 0) await hooks.appendLogs?.(lines);
    return reply;
  }
}

/** Middleware is told of each call, so that with any nothing is kept from one to the next. */
function parkedBy(
  hooks: ExecutionHooks,
  middleware: readonly Hooks[],
  finished: (running: Promise<Reply>) => Promise<Reply>,
): ExecutionHooks {
  const { onParked, ...rest } = hooks;
  if (onParked === undefined || middleware.length > 0) return rest;
  const park = (parked: ParkedExecution): void =>
    onParked({
      runPlanned: (request, more) => parked.runPlanned(request, more),
      resume(request, more) {
        const running = parked.resume(request, parkedBy(more, middleware, finished));
        return running === undefined ? undefined : finished(running);
      },
    });
  return { ...rest, onParked: park };
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function contextOf({ isFailureHandler }: Executable, request: ExecutionRequest, { logger }: LogBook): Writable<Partial<FunctionContext>> {
  const [event] = request.events;
  if (event === undefined) throw new TypeError("a call has at least one event");
  const { runId, attempt, maxAttempts, requestId, jobId } = request;
  const context: Writable<Partial<FunctionContext>> = {
    ...{ event, events: request.events as FunctionContext["events"], runId, attempt, maxAttempts, logger },
  };
  if (requestId !== undefined) context.requestId = requestId;
  if (jobId !== undefined) context.jobId = jobId;
  if (isFailureHandler) context.error = reviveError(event.data["error"]) as Error;
  return context;
}
