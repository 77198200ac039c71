import { isObject, parseJson, parseRunId, type RunId, type StepId, wordsOf } from "@stepwell/protocol";

/** What an output is of: a run, a step, or one attempt of either. */
export interface OutputOf {
  readonly runId: RunId;
  readonly stepId?: StepId;
  readonly attempt?: number;
}

/** Opaque to whoever gets it. */
export function writeOutputId(of: OutputOf): string {
  return Buffer.from(JSON.stringify(of)).toString("base64url");
}

export function readOutputId(text: string): OutputOf | undefined {
  const value = parseJson(Buffer.from(text, "base64url").toString("utf8"));
  if (!isObject(value)) return undefined;
  const runId = parseRunId(wordsOf(value["runId"]) ?? "");
  const { stepId, attempt } = value;
  if (runId === undefined || (stepId !== undefined && typeof stepId !== "string")) return undefined;
  return {
    runId,
    ...(stepId === undefined ? {} : { stepId: stepId as StepId }),
    ...(typeof attempt === "number" ? { attempt } : {}),
  };
}
