import type { Executable } from "../define/executable.ts";
import type { FunctionContext } from "../define/function-context.ts";
import { hasMiddleware } from "../middleware/register-middleware.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";
import { makeCall } from "./make-call.ts";
import { runAt } from "./place.ts";
import type { ReplyTaker } from "./reply-taker.ts";

/** Whether neither middleware nor a schema has a say in what the function is called with. */
export function isPlain({ client, definition, hasSchemas }: Executable): boolean {
  return !hasSchemas && !hasMiddleware(client, definition);
}

/** Begins a call of such a function. */
export function beginPlain(executable: Executable, request: ExecutionRequest, hooks: ExecutionHooks, taker: ReplyTaker): void {
  const { execution, life, place } = makeCall(executable, request, hooks);
  execution.run(() => runAt(place, executable.handler, place.context as FunctionContext), life, taker);
}
