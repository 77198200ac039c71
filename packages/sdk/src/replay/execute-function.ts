import type { Reply } from "@stepwell/protocol";
import type { Executable } from "../define/executable.ts";
import type { FunctionContext } from "../define/function-context.ts";
import { validateReceived } from "../define/validate-received.ts";
import { reviveError } from "../errors/revive-error.ts";
import { LogBook } from "../log/log-book.ts";
import { type Hooks, hasHook, told, wrapped } from "../middleware/hooks.ts";
import type { Response } from "../middleware/middleware.ts";
import { createGroupTools } from "../step/create-group-tools.ts";
import { createStepTools } from "../step/create-step-tools.ts";
import { encodeReply } from "../wire/encode-reply.ts";
import { CallLife } from "./call-life.ts";
import { Execution } from "./execution.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";
import { openCall } from "./open-call.ts";
import { type Place, runAt } from "./place.ts";
import { promisedReply, type ReplyTaker } from "./reply-taker.ts";
import { transformInput } from "./transform-input.ts";

/**
 * Runs one call of a function and says what the server is to make of it. It knows nothing of HTTP.
 *
 * It rejects for faults of this package only; whatever user code does is a reply.
 */
export function executeFunction(executable: Executable, request: ExecutionRequest, hooks: ExecutionHooks = {}): Promise<Reply> {
  return promisedReply((taker) => beginFunction(executable, request, hooks, taker));
}

/** The same for whoever makes many calls. */
export function beginFunction(executable: Executable, request: ExecutionRequest, hooks: ExecutionHooks, taker: ReplyTaker): void {
  const { opened, middleware } = openCall(executable);
  if (!hasHook(middleware, "wrapRequest")) return beginWith(opened, request, hooks, middleware, taker);
  executeWrapped(opened, request, hooks, middleware).then(
    (reply) => taker.take(reply),
    (error: unknown) => taker.fault(error),
  );
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
export function executeWith(
  executable: Executable,
  request: ExecutionRequest,
  hooks: ExecutionHooks,
  middleware: readonly Hooks[],
): Promise<Reply> {
  return promisedReply((taker) => beginWith(executable, request, hooks, middleware, taker));
}

function beginWith(
  executable: Executable,
  request: ExecutionRequest,
  hooks: ExecutionHooks,
  middleware: readonly Hooks[],
  taker: ReplyTaker,
): void {
  const { client, definition, handler, retryDelay } = executable;
  // Middleware is told of each call, so that with any nothing is kept from one to the next.
  const execution = new Execution(request, hooks, { retryDelay, isKept: middleware.length === 0 });
  const log = new LogBook({ base: client.logger, now: hooks.now ?? Date.now, execution });
  const place: Writable<Place> = { execution, context: noContext, branches: noBranches, isRacing: false };
  const context = contextOf(executable, request, log);
  place.context = context as FunctionContext;
  context.step = createStepTools(execution, { client, definition, runId: request.runId, middleware, place });
  context.group = createGroupTools(execution, place);
  if (middleware.length > 0 || executable.hasSchemas) {
    const prepared = prepare({ executable, execution, middleware, log, place });
    prepared.then(({ call, life }) => execution.run(call, life, taker)).catch((error: unknown) => taker.fault(error));
    return;
  }
  const life = lifeOf(executable, request, middleware, log, place);
  execution.run(() => runAt(place, handler, context as FunctionContext), life, taker);
}

interface Preparation {
  readonly executable: Executable;
  readonly execution: Execution;
  readonly middleware: readonly Hooks[];
  readonly log: LogBook;
  readonly place: Writable<Place>;
}

interface Prepared {
  readonly call: () => unknown;
  readonly life: CallLife;
}

/** With middleware and schemas, which have a say in what the function is called with. */
async function prepare({ executable, execution, middleware, log, place }: Preparation): Promise<Prepared> {
  const { definition: fn, handler } = executable;
  const { request } = execution;
  let life: CallLife;
  try {
    let ctx = await transformInput(executable, execution, middleware, place.context as FunctionContext);
    if (executable.hasSchemas) ctx = Object.assign(ctx, await validateReceived(executable, ctx));
    place.context = ctx;
    life = lifeOf(executable, request, middleware, log, place);
    if (request.memos.order.length === 0) await life.onMemoizationEnd();
    const isFirst = request.attempt === 0 && request.memos.order.length === 0 && request.stepId === undefined;
    if (isFirst) await told(middleware, "onRunStart", { ctx, fn });
  } catch (error) {
    return { call: () => Promise.reject(error), life: lifeOf(executable, request, [], log, place) };
  }
  const ctx = place.context as FunctionContext;
  const call = (): unknown => runAt(place, handler, ctx);
  if (middleware.length === 0) return { call, life };
  return { call: () => wrapped(middleware, "wrapFunctionHandler", { ctx, fn }, async () => call()), life };
}

function lifeOf(executable: Executable, request: ExecutionRequest, hooks: readonly Hooks[], log: LogBook, place: Place): CallLife {
  const isLastAttempt = request.attempt + 1 >= request.maxAttempts;
  return new CallLife({ fn: executable.definition, hooks, log, place, isLastAttempt, isTargeted: request.stepId !== undefined });
}

const noBranches: readonly never[] = [];
/** Until the context is made, which the place belongs to. */
const noContext = undefined as unknown as Place["context"];

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

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
