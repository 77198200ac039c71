import type { InvokeFunctionResult } from "@stepwell/engine";
import type { ProblemParams } from "../problem.ts";

/** An invoke that the function's own rate limit let start nothing. */
export function rateLimited(slug: string, { nextAt }: Extract<InvokeFunctionResult, { readonly kind: "rate_limited" }>): ProblemParams {
  return {
    code: "rate_limited",
    detail: `"${slug}" did not start: its rateLimit lets the next one in at ${new Date(nextAt).toISOString()}`,
  };
}
