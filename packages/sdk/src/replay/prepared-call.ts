// Calls of functions with middleware, or with schemas of their events: both have a say in what the function is called with, and
// middleware in everything that goes on in the call. Others need none of this, so it is loaded when one needs it first.

import type { Reply } from "@stepwell/protocol";
import type { Executable } from "../define/executable.ts";
import type { FunctionContext } from "../define/function-context.ts";
import { validateReceived } from "../define/validate-received.ts";
import { type Hooks, hasHook, told, wrapped } from "../middleware/hooks.ts";
import type { Response } from "../middleware/middleware.ts";
import { openMiddleware } from "../middleware/open-middleware.ts";
import { startHooked } from "../middleware/start-hooked.ts";
import { encodeReply } from "../wire/encode-reply.ts";
import { beginPlain } from "./begin-plain.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";
import { HookedLife } from "./hooked-life.ts";
import type { Life } from "./life.ts";
import { type MadeCall, makeCall } from "./make-call.ts";
import { placeAside, runAt } from "./place.ts";
import { promisedReply, type ReplyTaker } from "./reply-taker.ts";
import { transformInput } from "./transform-input.ts";

/** A function with the middleware of one call. */
export interface OpenedCall {
  readonly executable: Executable;
  readonly middleware: readonly Hooks[];
}

/** Where the middleware cannot be made, the call fails as it does when the function throws. */
export function openCall(executable: Executable, requestArgs: readonly unknown[] = []): OpenedCall {
  try {
    return { executable, middleware: openMiddleware(executable.client, executable.definition, requestArgs) };
  } catch (error) {
    return { executable: { ...executable, hasSchemas: false, handler: () => Promise.reject(error) }, middleware: [] };
  }
}

/** Begins a call that no request brings. */
export function beginInProcess(executable: Executable, request: ExecutionRequest, hooks: ExecutionHooks, taker: ReplyTaker): void {
  const opened = openCall(executable);
  if (!hasHook(opened.middleware, "wrapRequest")) return beginOpened(opened, request, hooks, taker);
  runAt(placeAside(hooks), () => executeWrapped(opened, request, hooks)).then(
    (reply) => taker.take(reply),
    (error: unknown) => taker.fault(error),
  );
}

/** Middleware that wraps requests sees one that nobody sent. */
async function executeWrapped(opened: OpenedCall, request: ExecutionRequest, hooks: ExecutionHooks): Promise<Reply> {
  let reply: Reply | undefined;
  const requestInfo = { method: "POST", url: new URL("stepwell://in.process/"), headers: {}, body: async () => undefined };
  const about = { fn: opened.executable.definition, requestArgs: [], requestInfo, runId: request.runId };
  await wrapped(opened.middleware, "wrapRequest", about, async (): Promise<Response> => {
    reply = await promisedReply((taker) => beginOpened(opened, request, hooks, taker));
    const { status, body, headers = {} } = encodeReply(reply, request.stepId, (hooks.now ?? Date.now)());
    return { status, body, headers: { ...headers } };
  });
  if (reply === undefined) throw new TypeError("a middleware did not call next() in wrapRequest");
  return reply;
}

/** The same with middleware that is open already. */
export function beginOpened(opened: OpenedCall, request: ExecutionRequest, hooks: ExecutionHooks, taker: ReplyTaker): void {
  const { executable, middleware } = opened;
  if (middleware.length === 0 && !executable.hasSchemas) return beginPlain(executable, request, hooks, taker);
  const made = makeCall(executable, request, hooks, middleware.length === 0 ? undefined : startHooked(middleware));
  runAt(placeAside(hooks), () => prepare(opened, made))
    .then(({ call, life }) => made.execution.run(call, life, taker))
    .catch((error: unknown) => taker.fault(error));
}

interface Prepared {
  readonly call: () => unknown;
  readonly life: Life;
}

async function prepare({ executable, middleware }: OpenedCall, { execution, life: plainLife, place }: MadeCall): Promise<Prepared> {
  const { definition: fn, handler } = executable;
  const { request } = execution;
  const life =
    middleware.length === 0
      ? plainLife
      : new HookedLife({
          fn,
          hooks: middleware,
          life: plainLife,
          place,
          isLastAttempt: request.attempt + 1 >= request.maxAttempts,
          isRich: request.isOwnServer,
        });
  try {
    let ctx = await transformInput(executable, execution, middleware, place.context as FunctionContext);
    if (executable.hasSchemas) ctx = Object.assign(ctx, await validateReceived(executable, ctx));
    place.context = ctx;
    if (request.memos.order.length === 0) await life.onMemoizationEnd();
    const isFirst = request.attempt === 0 && request.memos.order.length === 0 && request.stepId === undefined;
    if (isFirst) await told(middleware, "onRunStart", { ctx, fn });
  } catch (error) {
    return { call: () => Promise.reject(error), life: plainLife };
  }
  const ctx = place.context as FunctionContext;
  const call = (): unknown => handler(ctx);
  if (middleware.length === 0) return { call: () => runAt(place, call), life };
  const all = (): unknown => wrapped(middleware, "wrapFunctionHandler", { ctx, fn }, async () => call());
  return { call: () => runAt(place, all), life };
}
