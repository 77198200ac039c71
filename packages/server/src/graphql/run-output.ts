import { type JsonText, parseJson, parseRunError } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";

/** The error of a run or an attempt as apps see it. */
export function errorObject(json: JsonText): Readonly<Record<string, unknown>> {
  const { cause, code: _, ...error } = parseRunError(json);
  return { ...error, ...(cause === undefined ? {} : { cause: parseJson(cause) }) };
}

/** What the function returned, or the error it failed with, as JSON text. */
export function runOutput(run: RunReport): string | null {
  return run.error === undefined ? (run.output ?? null) : JSON.stringify(errorObject(run.error));
}
