import type { MetadataReport } from "@stepwell/store";

/** What a note is about, in the words of the public API. */
export function metadataScope({ stepId, attempt, spanId }: MetadataReport): "run" | "step" | "step_attempt" | "extended_trace" {
  if (stepId === undefined) return "run";
  if (spanId !== undefined) return "extended_trace";
  return attempt === undefined ? "step" : "step_attempt";
}
