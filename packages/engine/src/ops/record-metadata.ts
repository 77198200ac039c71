import type { MetadataTarget, Op } from "@stepwell/protocol";
import type { RecordMetadata } from "@stepwell/store";
import type { OpContext } from "./op-context.ts";

/** What an op notes, each about what its scope says. Of a step that is settled already it came before. */
export function recordMetadata(op: Op, { run, now }: Pick<OpContext, "run" | "now">): readonly RecordMetadata[] {
  if (op.metadata === undefined || run.memos.has(op.id)) return [];
  return op.metadata.map(({ scope, ...update }) => ({
    ...{ kind: "record_metadata", at: now },
    target: targetOf(op, scope, run.attempt),
    updates: [update],
  }));
}

function targetOf(op: Op, scope: string, attempt: number): MetadataTarget {
  if (scope === "run" || op.kind === "RunComplete" || op.kind === "None" || op.kind === "DiscoveryRequest") return {};
  return scope === "step_attempt" ? { stepId: op.id, attempt } : { stepId: op.id };
}
