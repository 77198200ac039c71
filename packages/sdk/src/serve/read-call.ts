import { callMsMax, headerNames, isObject, type JsonObject, parseJson, textOf } from "@stepwell/protocol";
import type { ApiClient } from "../client/api-request.ts";
import type { ReceivedEvent } from "../define/event.ts";
import type { ExecutionRequest } from "../replay/execution-request.ts";
import { loadParts } from "../replay/known-parts.ts";
import { memosOf } from "../replay/memos.ts";
import type { CallRequest } from "./call-request.ts";
import { loadLater } from "./load-later.ts";

/** A call as it came over HTTP, with what its answers are addressed by. */
export interface HttpCall {
  readonly request: ExecutionRequest;
  readonly functionUuid: string | undefined;
  readonly queueItemId: string | undefined;
  readonly requestId: string | undefined;
  readonly generation: number | undefined;
  /** How long the server waits for the answer; only our own says it. */
  readonly msMax: number | undefined;
}

/** Reads the body of a call; a sentence where it is none. */
export async function readCall(http: CallRequest, body: string, api: ApiClient): Promise<HttpCall | string> {
  const source = parseJson(body);
  if (!isObject(source)) return "the body of the call is not a JSON object; a body parser before the handler may have taken it";
  const context = isObject(source["ctx"]) ? source["ctx"] : {};
  const runId = textOf(context["run_id"]) ?? "";
  // Nothing of a run is read before the types are known that it may have.
  if (body.includes('"types"')) await loadParts();
  const state = context["use_api"] === true ? await (await loadLater()).fetchState(api, runId) : stateOf(source);
  if (typeof state === "string") return state;
  const [first] = state.events;
  if (first === undefined) return "the call has no event";
  const header = (name: string): string | undefined => http.headers.get(name) ?? undefined;
  const stepId = new URL(http.url).searchParams.get("stepId") ?? header(headerNames.stepId);
  const requestId = header(headerNames.requestId);
  const jobId = header(headerNames.jobId);
  const stack = isObject(context["stack"]) ? context["stack"]["stack"] : undefined;
  const order = Array.isArray(stack) && stack.length > 0 ? (stack as readonly string[]) : Object.keys(state.steps);
  return {
    request: {
      runId,
      events: state.events,
      memos: memosOf(state.steps, order),
      attempt: countOf(context["attempt"]) ?? 0,
      maxAttempts: countOf(context["max_attempts"]) ?? 5,
      plan: context["disable_immediate_execution"] === true,
      version: countOf(source["version"]) ?? -1,
      isOwnServer: header(headerNames.stepwellVersion) !== undefined,
      ...(stepId === undefined || stepId === "" || stepId === "step" ? {} : { stepId }),
      ...(context["rerun"] === true ? { isRerun: true } : {}),
      ...(requestId === undefined ? {} : { requestId }),
      ...(jobId === undefined ? {} : { jobId }),
    },
    functionUuid: textOf(context["fn_id"]),
    queueItemId: textOf(context["qi_id"]),
    requestId,
    msMax:
      header(headerNames.stepwellVersion) === undefined
        ? undefined
        : (countOf(Number(header(headerNames.callMs) ?? callMsMax)) ?? callMsMax),
    generation: countOf(Number(header(headerNames.generation) ?? Number.NaN)),
  };
}

/** What a call brings besides what stands around it. */
export interface State {
  readonly events: readonly ReceivedEvent[];
  readonly steps: JsonObject;
}

function stateOf({ event, events, steps }: JsonObject): State {
  const all = Array.isArray(events) && events.length > 0 ? events : isObject(event) ? [event] : [];
  return { events: all as readonly ReceivedEvent[], steps: isObject(steps) ? steps : {} };
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}
