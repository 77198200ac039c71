import type { ApiClient } from "../client/api-request.ts";
import type { Stepwell } from "../client/stepwell.ts";
import type { Executable } from "../define/executable.ts";
import type { CheckpointingOptions } from "../define/function-options.ts";
import { executeFunction } from "../replay/execute-function.ts";
import type { ExecutionHooks } from "../replay/execution-request.ts";
import { durationMs } from "../time/duration.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import { encodeReply } from "./encode-reply.ts";
import { type HttpCall, readCall } from "./read-call.ts";
import { saveSteps } from "./save-steps.ts";

/** How long one call goes from step to step, in ms, where nobody says otherwise: hosts end requests that last. */
const maxRuntimeMsDefault = 10_000;

/** Runs the function that a request is for. */
export async function callFunction(
  client: Stepwell,
  executables: ReadonlyMap<string, Executable>,
  http: Request,
  body: string,
): Promise<Answer> {
  const slug = new URL(http.url).searchParams.get("fnId") ?? "";
  const executable = executables.get(slug);
  if (executable === undefined) return internalError(`this app has no function "${slug}"; it may have been renamed or not passed to serve`);
  const call = await readCall(http, body, client);
  if (typeof call === "string") return internalError(call);
  const reply = await executeFunction(executable, call.request, hooksFor(client, executable, call));
  return encodeReply(reply, call.request.stepId, Date.now());
}

function hooksFor(client: ApiClient & Stepwell, { definition }: Executable, call: HttpCall): ExecutionHooks {
  const { opts } = definition;
  const asked =
    opts.checkpointing ?? opts.experimentalCheckpointing ?? client.options.checkpointing ?? client.options.experimentalCheckpointing;
  const { request, functionUuid, queueItemId } = call;
  if (asked === false || functionUuid === undefined || queueItemId === undefined || request.stepId !== undefined || request.plan)
    return { runAhead: false };
  const startedAt = Date.now();
  return { ...limitsOf(asked), checkpoint: (ops) => saveSteps(client, call, ops, startedAt) };
}

function limitsOf(asked: CheckpointingOptions | undefined): ExecutionHooks {
  const { maxRuntime, bufferedSteps = 1, maxInterval } = typeof asked === "object" ? asked : {};
  const runtimeMs = maxRuntime === undefined ? maxRuntimeMsDefault : durationMs(maxRuntime);
  const intervalMs = maxInterval === undefined ? undefined : durationMs(maxInterval);
  return {
    unsavedMax: Math.max(1, bufferedSteps),
    // Nothing, or zero: as long as it takes.
    ...(runtimeMs === undefined || runtimeMs <= 0 ? {} : { maxRuntimeMs: runtimeMs }),
    ...(intervalMs === undefined || intervalMs <= 0 ? {} : { unsavedMsMax: intervalMs }),
  };
}

function internalError(message: string): Answer {
  return jsonAnswer(500, { type: "internal", name: "Error", message, stack: "", __serialized: true });
}
