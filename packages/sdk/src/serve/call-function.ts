import type { ApiClient } from "../client/api-request.ts";
import type { Stepwell } from "../client/stepwell.ts";
import type { Executable } from "../define/executable.ts";
import { beginPlain, isPlain } from "../replay/begin-plain.ts";
import { checkpointLimits } from "../replay/checkpoint-limits.ts";
import type { ExecutionHooks } from "../replay/execution-request.ts";
import { promisedReply } from "../replay/reply-taker.ts";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import { encodeReply } from "../wire/encode-reply.ts";
import { answerInTime } from "./answer-in-time.ts";
import type { Execute } from "./answer-prepared.ts";
import type { CallRequest } from "./call-request.ts";
import { loadLater } from "./load-later.ts";
import { type HttpCall, readCall } from "./read-call.ts";

export interface FunctionCall {
  readonly client: Stepwell;
  readonly executables: ReadonlyMap<string, Executable>;
  readonly http: CallRequest;
  readonly body: string;
  /** What the framework called its handler with. */
  readonly args: readonly unknown[];
}

/** Kept, since an import takes a while even of what is loaded. */
let prepared: typeof import("./answer-prepared.ts") | undefined;

/** Runs the function that a request is for. */
export async function callFunction({ client, executables, http, body, args }: FunctionCall): Promise<Answer> {
  const slug = new URL(http.url).searchParams.get("fnId") ?? "";
  const executable = executables.get(slug);
  if (executable === undefined) return internalError(`this app has no function "${slug}"; it may have been renamed or not passed to serve`);
  const call = await readCall(http, body, client);
  if (typeof call === "string") return internalError(call);
  const { request, msMax } = call;
  const answer = async (execute: Execute): Promise<Answer> => {
    const hooks = hooksFor(client, executable, call);
    const reply = await (msMax === undefined ? execute(hooks) : answerInTime({ slug, msMax }, (onRun) => execute({ ...hooks, onRun })));
    return encodeReply(reply, request.stepId, Date.now());
  };
  if (isPlain(executable)) return answer((hooks) => promisedReply((taker) => beginPlain(executable, request, hooks, taker)));
  prepared ??= await import("./answer-prepared.ts");
  return prepared.answerPrepared(executable, { http, body, args, request }, answer);
}

function hooksFor(client: ApiClient & Stepwell, executable: Executable, call: HttpCall): ExecutionHooks {
  const { request, functionUuid, queueItemId } = call;
  const limits = checkpointLimits(executable);
  if (limits === undefined || functionUuid === undefined || queueItemId === undefined || request.stepId !== undefined || request.plan)
    return { ...logsTo(client, call), runAhead: false };
  const startedAt = Date.now();
  const checkpoint: ExecutionHooks["checkpoint"] = async (ops) => {
    const { saveSteps } = await loadLater();
    return saveSteps(client, call, ops, startedAt);
  };
  return { ...logsTo(client, call), ...limits, checkpoint };
}

/** Lines that no step carries go to a server that keeps them. */
function logsTo(client: ApiClient, { request }: HttpCall): ExecutionHooks {
  if (!request.isOwnServer) return {};
  return { appendLogs: async (lines) => (await loadLater()).sendLogs(client, request, lines) };
}

function internalError(message: string): Answer {
  return jsonAnswer(500, { type: "internal", name: "Error", message, stack: "", __serialized: true });
}
