import type { Op } from "@stepwell/protocol";
import type { OpDecision } from "./op-context.ts";

/** The function has returned. Comes after everything else of its reply. */
export function handleRunComplete(op: Extract<Op, { kind: "RunComplete" }>): OpDecision {
  return { effects: [], means: { kind: "complete", output: op.data, ...(op.types === undefined ? {} : { outputTypes: op.types }) } };
}
