// A call, as it goes over the wire.

import { canonicalText } from "./canonical-json.ts";
import { headerNames } from "./headers.ts";
import { asJson, type FunctionUuid, type ItemId, type JsonText, type RunId, type StepId } from "./ids.ts";
import { encodeQueueItemToken } from "./queue-item-token.ts";

export interface CallContent {
  /** Canonical maps of the events that started the run, the first one first. */
  readonly events: readonly JsonText[];
  readonly memos: ReadonlyMap<StepId, JsonText>;
  /** A list, the arguments of a step that has no memo. */
  readonly stepInput?: { readonly stepId: StepId; readonly input: JsonText };
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly plan: boolean;
  readonly functionUuid: FunctionUuid;
  readonly runId: RunId;
  readonly itemId: ItemId | RunId;
  readonly generation: number;
  readonly requestId: string;
  readonly version: number;
  readonly stepId?: StepId;
  /** Results and further events are fetched by the SDK, because the body would be too large. */
  readonly useApi: boolean;
  /** The run repeats another; for our own SDK. */
  readonly isRerun?: true;
}

/**
 * The body of a call. Its own keys are written in canonical order; with `canonical`, needed where the body is signed,
 * so are those of the payloads in it.
 */
export function encodeCallBody(content: CallContent, options: { readonly canonical: boolean }): string {
  const form = options.canonical ? canonicalText : asIs;
  const [first] = content.events;
  const events = content.useApi ? "" : content.events.map(form).join(",");
  const event = first === undefined ? "null" : form(first);
  return `{"ctx":${encodeContext(content)},"defers":{},"event":${event},"events":[${events}],"steps":${encodeSteps(content, form)},"use_api":${content.useApi},"version":${content.version}}`;
}

function encodeContext(content: CallContent): string {
  const stack = [...content.memos.keys()].map((id) => asJson(id)).join(",");
  const token = encodeQueueItemToken(content);
  return (
    `{"attempt":${content.attempt},"disable_immediate_execution":${content.plan},"env":"","fn_id":"${content.functionUuid}",` +
    `"job_id":"${content.itemId}","max_attempts":${content.maxAttempts},"qi_id":"${token}","request_id":"${content.requestId}",` +
    `${content.isRerun === true ? '"rerun":true,' : ""}"run_id":"${content.runId}","stack":{"current":${content.memos.size},"stack":[${stack}]},"step_id":"step","use_api":${content.useApi}}`
  );
}

function encodeSteps(content: CallContent, form: (text: JsonText) => JsonText): string {
  const { memos, stepInput } = content;
  if (content.useApi || (memos.size === 0 && stepInput === undefined)) return "{}";
  // It stands among the results, and not in the stack: the step is still to be run.
  const inputs = stepInput === undefined ? [] : [[stepInput.stepId, pendingInput(stepInput.input)] as const];
  const members = [...memos, ...inputs].sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([id, memo]) => `${asJson(id)}:${form(memo)}`).join(",")}}`;
}

/** The memo of a step that is to be called with other arguments than its function gives it. */
export function pendingInput(input: JsonText): JsonText {
  return `{"input":${input}}` as JsonText;
}

function asIs(text: JsonText): JsonText {
  return text;
}

/** 1: `StepCancel`, and waits for an event that look back. */
const stepwellVersion = "1";

/** The headers of a call; a signature comes on top where there is a key. */
export function callHeaders(content: CallContent): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": "Inngest",
    "accept-encoding": "gzip, br",
    [headerNames.requestVersion]: String(content.version),
    [headerNames.stepId]: content.stepId ?? "step",
    [headerNames.runId]: content.runId,
    [headerNames.requestId]: content.requestId,
    [headerNames.generation]: String(content.generation),
    [headerNames.jobId]: content.itemId,
    [headerNames.stepwellVersion]: stepwellVersion,
  };
}

/** Where a call goes: the function's own URL with its query, `fnId` added where it is missing, `stepId` set. */
export function callUrl(functionUrl: string, slug: string, stepId: StepId | undefined): string {
  const url = new URL(functionUrl);
  if (!url.searchParams.has("fnId")) url.searchParams.set("fnId", slug);
  url.searchParams.set("stepId", stepId ?? "step");
  return url.href;
}
