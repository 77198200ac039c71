import { isObject, type JsonText, parseJson, textOf } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { readOutputId } from "./output-id.ts";
import type { QueryReads } from "./query-reads.ts";
import { QueryRefusal } from "./query-refusal.ts";
import { errorObject } from "./run-output.ts";

export interface SpanOutput {
  readonly input: string | null;
  readonly data: string | null;
  readonly error: Readonly<Record<string, unknown>> | null;
}

const none: SpanOutput = { input: null, data: null, error: null };

/** What a run, a step or an attempt brought. */
export async function spanOutput(reads: QueryReads, outputId: string): Promise<SpanOutput> {
  const of = readOutputId(outputId);
  if (of === undefined) throw new QueryRefusal("the outputID is not one of this server's");
  const run = await reads.ask("getRun", of.runId);
  if (run === undefined) throw new QueryRefusal(`there is no run ${of.runId}; retention may have removed it`);
  if (of.attempt !== undefined) {
    const attempts = await reads.ask("runAttempts", of.runId);
    const found = attempts.find(({ stepId, attempt }) => stepId === of.stepId && attempt === of.attempt);
    return found?.error === undefined ? none : { ...none, error: errorFields(parseJson(found.error)) };
  }
  if (of.stepId === undefined) return outputOfRun(run);
  const step = (await reads.ask("runSteps", of.runId)).find(({ stepId }) => stepId === of.stepId);
  if (step === undefined) return none;
  const output = step.memo === undefined ? none : memoOutput(step.memo, step.op);
  return { ...output, input: step.input ?? null };
}

function outputOfRun(run: RunReport): SpanOutput {
  if (run.error === undefined) return { ...none, data: run.output ?? null };
  return { ...none, error: errorFields(errorObject(run.error)) };
}

/** A memo is `{"data":…}`, `{"error":…}`, or a value as it stands: an event that was waited for has `data` too. */
function memoOutput(memo: JsonText, op: string): SpanOutput {
  const value = parseJson(memo);
  if (op === "WaitForEvent" || !isObject(value)) {
    const error = isObject(value) && isObject(value["error"]) ? value["error"] : undefined;
    return error === undefined ? { ...none, data: memo } : { ...none, error: errorFields(error) };
  }
  if (value["error"] !== undefined) return { ...none, error: errorFields(value["error"]) };
  return "data" in value ? { ...none, data: JSON.stringify(value["data"]) } : { ...none, data: memo };
}

function errorFields(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value))
    return { message: typeof value === "string" ? value : JSON.stringify(value), name: "Error", stack: null, cause: null };
  const { name, message, stack, cause } = value;
  return { name: textOf(name) ?? "Error", message: textOf(message) ?? "", stack: textOf(stack) ?? null, cause: cause ?? null };
}
