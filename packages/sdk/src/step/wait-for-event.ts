import type { OpBase } from "@stepwell/protocol";
import type { EventType } from "../define/event-type.ts";
import type { StandardSchemaV1 } from "../define/standard-schema.ts";
import { durationText, timeoutText } from "../time/duration.ts";
import type { ToolContext } from "./create-step-tools.ts";
import { invalidDuration } from "./invalid-duration.ts";
import { invalidStep } from "./invalid-step.ts";
import { readBy } from "./read-by.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";
import type { WaitForEventOptions } from "./step-tools.ts";

/** A wait for one event. */
export interface WaitOptions extends Pick<WaitForEventOptions, "timeout" | "lookback"> {
  readonly event: string | EventType;
  readonly schema?: StandardSchemaV1 | undefined;
  readonly match?: string | undefined;
  readonly if?: string | undefined;
}

export function waitForEventCall(context: ToolContext, idOrOptions: StepOptionsOrId, options: WaitOptions): StepCall {
  const names = stepNames(idOrOptions);
  if (!isNamed(options?.event)) throw invalidStep(names.id, "waitForEvent needs the event's name, or its type, as `event`");
  const timeout = timeoutText(options.timeout);
  if (timeout === undefined) throw invalidDuration(names.id, "timeout", options.timeout);
  const event = typeof options.event === "string" ? options.event : options.event.name;
  const expression = conditionOf(options);
  const lookback = lookbackOf(names.id, options.lookback);
  const op = (base: OpBase) =>
    ({
      ...base,
      kind: "WaitForEvent",
      event,
      timeout,
      ...(expression === undefined ? {} : { expression }),
      ...(lookback === undefined ? {} : { lookback }),
    }) as const;
  return { ...names, type: "step.waitForEvent", work: { kind: "report", op }, ...readBy(schemaOf(context, options)) };
}

function isNamed(event: unknown): boolean {
  const name = typeof event === "string" ? event : (event as { readonly name?: unknown } | undefined)?.name;
  return typeof name === "string" && name !== "";
}

function schemaOf({ client }: ToolContext, { event, schema }: WaitOptions): StandardSchemaV1 | undefined {
  return schema ?? (typeof event === "string" ? client.schemaOf(event) : event.schema);
}

/** What the second event has to fulfil: a path that is the same in both, as `data.userId`, a condition, or the one and the other. */
export function conditionOf({
  match,
  if: condition,
}: {
  readonly match?: string | undefined;
  readonly if?: string | undefined;
}): string | undefined {
  if (match === undefined) return condition;
  const isSame = `event.${match} == async.${match}`;
  return condition === undefined ? isSame : `(${isSame}) && (${condition})`;
}

function lookbackOf(stepId: string, lookback: WaitOptions["lookback"]): string | undefined {
  if (lookback === undefined || lookback === "run") return lookback;
  const text = durationText(lookback);
  if (text === undefined) throw invalidDuration(stepId, "lookback", lookback);
  return text === "" ? undefined : text;
}
