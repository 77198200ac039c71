import type { NotStarted, StartResult } from "./units.ts";

/** Whether the start became a run that is called, or would have been. */
export function isStarted(result: StartResult): result is Exclude<StartResult, NotStarted | { readonly kind: "pending" }> {
  return result.kind === "leased" || result.kind === "queued" || result.kind === "replaced";
}
