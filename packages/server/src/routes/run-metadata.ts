// Notes about runs, as they are posted to the compatible API and to ours.

import { hashStepId, isObject, type JsonObject, limits, type MetadataTarget, type MetadataUpdate, readMetadata } from "@stepwell/protocol";
import type { MetadataEntry } from "@stepwell/store";
import { array, nullish, number, object, string, unknown } from "valibot";
import { type ProblemParams, refusal } from "../problem.ts";
import { readBody } from "../read-body.ts";
import type { ErrorForm } from "../route.ts";

/** What is checked here is what its document says; the rest is `readMetadata`'s. */
export const metadataBody = object({
  target: nullish(
    object({ step_id: nullish(string()), step_index: nullish(number()), step_attempt: nullish(number()), span_id: nullish(string()) }),
  ),
  metadata: array(unknown()),
});

/** The entry that a request asks for, or why there is none. */
export async function readMetadataBody(request: Request, errors: ErrorForm): Promise<MetadataEntry | Response> {
  const read = await readBody(request, metadataBody, { errors });
  if (read instanceof Response) return read;
  const target = targetOf(isObject(read.value.target) ? read.value.target : {});
  if (typeof target === "string") return refusal(errors, invalid("target", target));
  const updates: readonly MetadataUpdate[] | string = readMetadata(read.value.metadata);
  return typeof updates === "string" ? refusal(errors, invalid("metadata", updates)) : { target, updates };
}

function targetOf(target: JsonObject): MetadataTarget | string {
  const { step_id: step, step_index: index, step_attempt: attempt, span_id: span } = target;
  const isThere = (value: unknown): boolean => value !== undefined && value !== null;
  if (typeof step !== "string" || step === "")
    return [index, attempt, span].some(isThere) ? "step_index, step_attempt and span_id belong to a step_id" : {};
  if (isThere(index) && !isCount(index, limits.stepsPerRunMax)) return "step_index is a whole number from 0";
  // -1 is the latest attempt: the step itself.
  if (isThere(attempt) && attempt !== -1 && !isCount(attempt, limits.retriesMax))
    return `step_attempt is a whole number from -1 to ${limits.retriesMax}`;
  if (typeof span === "string" && !/^[0-9a-f]{1,32}$/i.test(span)) return "span_id is hexadecimal, of at most 32 digits";
  return {
    stepId: hashStepId(step, typeof index === "number" ? index : 0),
    ...(typeof attempt === "number" && attempt !== -1 ? { attempt } : {}),
    ...(typeof span === "string" ? { spanId: span } : {}),
  };
}

function isCount(value: unknown, max: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}

function invalid(path: string, message: string): ProblemParams {
  return { code: "invalid_request", detail: message, fields: [{ path, message }] };
}
