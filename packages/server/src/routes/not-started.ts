import type { InvokeFunctionResult } from "@stepwell/engine";
import type { ProblemParams } from "../problem.ts";

/** An invoke that the function's own options let start nothing. */
export function notStarted(
  slug: string,
  result: Extract<InvokeFunctionResult, { readonly kind: "rate_limited" | "skipped" }>,
): ProblemParams {
  if (result.kind === "skipped")
    return { code: "function_skipped", detail: `"${slug}" did not start: run ${result.by} has its singleton; run ${result.runId} says so` };
  const nextAt = new Date(result.nextAt).toISOString();
  return { code: "rate_limited", detail: `"${slug}" did not start: its rateLimit lets the next one in at ${nextAt}` };
}
