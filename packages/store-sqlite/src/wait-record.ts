import type { EpochMs, JsonText, RunId, StepId, StoreSeq } from "@stepwell/protocol";
import type { EnvironmentId, FunctionId, Mark, WaitRecord } from "@stepwell/store";
import { numberOf, optional, type Row, textOf } from "./rows.ts";

/** Of `waits w join runs r`. */
export const waitColumns = `w.seq, w.environment_id, w.run_seq, r.id as run_id, r.function_id, w.step_id, w.kind, w.name, w.path, w.value,
       w.expression, w.bindings, w.since_seq, w.look_back_from, w.cuts_look_back, w.due_at`;

const kindNames = ["event", "cancel", "signal", "invoke"] as const;

export function decodeWait(row: Row): WaitRecord {
  const path = row["path"];
  return {
    seq: numberOf(row, "seq") as StoreSeq,
    kind: kindNames[numberOf(row, "kind")] ?? "event",
    environmentId: numberOf(row, "environment_id") as EnvironmentId,
    runSeq: numberOf(row, "run_seq") as StoreSeq,
    runId: textOf(row, "run_id") as RunId,
    functionId: numberOf(row, "function_id") as FunctionId,
    stepId: textOf(row, "step_id") as StepId,
    eventName: textOf(row, "name"),
    ...(typeof path === "string" ? { term: { path, value: textOf(row, "value") as JsonText } } : {}),
    ...optional<"expression", string>("expression", row["expression"]),
    ...optional<"bindings", JsonText>("bindings", row["bindings"]),
    since: String(row["since_seq"]) as Mark,
    ...optional<"lookBackFrom", EpochMs>("lookBackFrom", row["look_back_from"]),
    ...(row["cuts_look_back"] === 1 ? { cutsLookBack: true } : {}),
    dueAt: numberOf(row, "due_at") as EpochMs,
  };
}
