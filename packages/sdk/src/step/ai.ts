import type { JsonObject, OpBase } from "@stepwell/protocol";
import type { AiModel } from "../ai/ai-model.ts";
import type { ToolContext } from "./create-step-tools.ts";
import { runCall } from "./run.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";

export function wrapCall(
  _: ToolContext,
  idOrOptions: StepOptionsOrId,
  body: (...input: never[]) => unknown,
  ...input: readonly unknown[]
): StepCall {
  return { ...runCall(idOrOptions, body, input), type: "step.ai.wrap" };
}

/** The model's own hook may complete the request, so both are copied before it sees them. */
export function inferCall(
  _: ToolContext,
  idOrOptions: StepOptionsOrId,
  options: { readonly model: AiModel; readonly body: object },
): StepCall {
  const model = { ...options.model, headers: { ...options.model.headers } };
  const body = { ...options.body } as Record<string, unknown>;
  options.model.onCall?.(model as never, body as never);
  const opts: JsonObject = {
    type: "step.ai.infer",
    url: model.url,
    headers: model.headers,
    auth_key: model.authKey,
    format: model.format,
    body,
  };
  const op = (base: OpBase) => ({ ...base, kind: "AIGateway", opts }) as const;
  return { ...stepNames(idOrOptions), type: "step.ai.infer", work: { kind: "report", op } };
}
