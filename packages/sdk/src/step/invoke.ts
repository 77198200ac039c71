import { type InvokePayload, isObject, type OpBase, StepwellError } from "@stepwell/protocol";
import { crossing } from "../client/crossing.ts";
import { timeoutText } from "../time/duration.ts";
import type { ToolContext } from "./create-step-tools.ts";
import { invalidDuration } from "./invalid-duration.ts";
import { invalidStep } from "./invalid-step.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";
import type { InvokeOptions } from "./step-tools.ts";

export function invokeCall(context: ToolContext, idOrOptions: StepOptionsOrId, options: InvokeOptions): StepCall {
  const names = stepNames(idOrOptions);
  if (typeof options !== "object" || options === null)
    throw invalidStep(names.id, "invoke needs `function`, which createFunction or referenceFunction made");
  const timeout = options.timeout === undefined ? "" : timeoutText(options.timeout);
  if (timeout === undefined) throw invalidDuration(names.id, "timeout", options.timeout);
  const functionName = slugOf(names.id, options.function, context.client.id);
  const { data = {}, user, v, meta, propagateCancel = false } = options;
  const given = {
    data,
    ...(user === undefined ? {} : { user }),
    ...(v === undefined ? {} : { v }),
    ...(meta === undefined ? {} : { meta }),
  };
  const payload = crossing(given, `step "${names.id}": its data`) as InvokePayload;
  const op = (base: OpBase, [given]: readonly unknown[]) =>
    ({ ...base, kind: "InvokeFunction", functionName, payload: payloadOf(given, payload), timeout, propagateCancel }) as const;
  return { ...names, type: "step.invoke", work: { kind: "report", op, input: [{ function_id: functionName, payload }] } };
}

/** Middleware may give another payload, and nothing else: which function is invoked is the program's to say. */
function payloadOf(given: unknown, own: InvokePayload): InvokePayload {
  const payload = isObject(given) ? given["payload"] : undefined;
  return isObject(payload) ? { ...own, ...crossing(payload, "what a middleware made of an invocation") } : own;
}

/** Of a function of this package, of another copy of it, or of a reference. */
function slugOf(stepId: string, target: unknown, appId: string): string {
  const { slug, opts, client } = (target ?? {}) as {
    readonly slug?: unknown;
    readonly client?: { readonly id?: unknown };
    readonly opts?: { readonly functionId?: unknown; readonly appId?: unknown; readonly id?: unknown };
  };
  if (typeof slug === "string") return slug;
  if (typeof opts?.functionId === "string") return `${typeof opts.appId === "string" ? opts.appId : appId}-${opts.functionId}`;
  if (typeof opts?.id === "string") return `${typeof client?.id === "string" ? client.id : appId}-${opts.id}`;
  if (typeof target === "string" && target !== "") return target;
  throw new StepwellError(
    "function_not_found",
    `step "${stepId}": invoke needs \`function\`, which createFunction or referenceFunction made`,
    { retryable: false },
  );
}
