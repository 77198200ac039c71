import type { Reply } from "@stepwell/protocol";
import type { Executable } from "../define/executable.ts";
import { beginPlain, isPlain } from "./begin-plain.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";
import { useParts } from "./known-parts.ts";
import { beginInProcess } from "./prepared-call.ts";
import { rareParts } from "./rare-parts.ts";
import { promisedReply, type ReplyTaker } from "./reply-taker.ts";

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
  useParts(rareParts);
  if (isPlain(executable)) return beginPlain(executable, request, hooks, taker);
  beginInProcess(executable, request, hooks, taker);
}
