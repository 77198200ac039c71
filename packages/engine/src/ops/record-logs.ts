import type { Op } from "@stepwell/protocol";
import type { RecordLogs } from "@stepwell/store";
import type { OpContext } from "./op-context.ts";

/** Ops that are no step's: what they carry is the run's. */
const stepless: ReadonlySet<Op["kind"]> = new Set(["RunComplete", "DiscoveryRequest", "None"]);

/** The lines an op carries. Of a step that is settled already they came before. */
export function recordLogs(op: Op, { run }: Pick<OpContext, "run">): RecordLogs | undefined {
  if (op.logs === undefined || run.memos.has(op.id)) return undefined;
  return { kind: "record_logs", ...(stepless.has(op.kind) ? {} : { stepId: op.id }), attempt: run.attempt, lines: op.logs };
}
