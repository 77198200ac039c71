// The only place where rows become records.

import type { EpochMs, EventId, JsonText, RunId, RunStatus, StoreSeq } from "@stepwell/protocol";
import type { EnvironmentId, FunctionId, RunRecord, StoredEvent } from "@stepwell/store";

export type Row = Readonly<Record<string, unknown>>;

export const statusNumbers = { queued: 0, running: 1, completed: 2, failed: 3, cancelled: 4, skipped: 5 } as const satisfies Record<
  RunStatus,
  number
>;
const statusNames = ["queued", "running", "completed", "failed", "cancelled", "skipped"] as const;

export function statusOf(number: unknown): RunStatus {
  const status = statusNames[Number(number)];
  if (status === undefined) throw new Error(`a run has the unknown status ${String(number)}`);
  return status;
}

export function numberOf(row: Row, column: string): number {
  return row[column] as number;
}

export function textOf(row: Row, column: string): string {
  return row[column] as string;
}

/** `{ [name]: value }`, or nothing where the column is null. */
export function optional<Name extends string, Value>(name: Name, value: unknown): { readonly [N in Name]?: Value } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]?: Value });
}

export function decodeRun(row: Row): RunRecord {
  return {
    seq: numberOf(row, "seq") as StoreSeq,
    id: textOf(row, "id") as RunId,
    environmentId: numberOf(row, "environment_id") as EnvironmentId,
    functionId: numberOf(row, "function_id") as FunctionId,
    status: statusOf(row["status"]),
    queuedAt: numberOf(row, "queued_at") as EpochMs,
    ...optional<"startedAt", EpochMs>("startedAt", row["started_at"]),
    ...optional<"endedAt", EpochMs>("endedAt", row["ended_at"]),
    generation: numberOf(row, "generation"),
    attempt: numberOf(row, "attempt"),
    leaseLosses: numberOf(row, "lease_losses"),
    journalLength: numberOf(row, "journal_length"),
    stateBytes: numberOf(row, "state_bytes"),
    version: numberOf(row, "version"),
    plan: row["plan"] === 1,
    emptyReplies: numberOf(row, "empty_replies"),
    ...optional<"priorityMs", number>("priorityMs", row["priority_ms"] === 0 ? null : row["priority_ms"]),
    ...optional<"origin", string>("origin", row["origin"]),
  };
}

/** `data` is the payload's text where it stands aside. */
export function decodeEvent(row: Row): StoredEvent {
  return {
    seq: numberOf(row, "seq") as StoreSeq,
    id: textOf(row, "id") as EventId,
    environmentId: numberOf(row, "environment_id") as EnvironmentId,
    ...optional<"externalId", string>("externalId", row["external_id"]),
    name: textOf(row, "name"),
    ts: numberOf(row, "ts") as EpochMs,
    receivedAt: numberOf(row, "received_at") as EpochMs,
    data: (row["data"] ?? row["data_body"]) as JsonText,
    ...optional<"user", JsonText>("user", row["user_data"]),
    ...optional<"meta", JsonText>("meta", row["meta"]),
    ...optional<"v", string>("v", row["v"]),
  };
}
