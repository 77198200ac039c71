import { asJson, type EpochMs, isObject, type JsonText, parseJson, type StoreSeq } from "@stepwell/protocol";
import type { RunSelectionFilter } from "./run-selection.ts";

/** Which runs are meant: those that pass all of it and are alive. */
export interface BulkCancelFilter extends RunSelectionFilter {
  /** Statuses as people see them; absent: whatever is alive. */
  readonly shown?: readonly string[];
}

/** What the timer of a cancellation of many runs remembers. */
export interface BulkCancelState {
  readonly status: "running" | "completed" | "aborted";
  readonly filter: BulkCancelFilter;
  readonly reason: string;
  readonly createdAt: EpochMs;
  readonly endedAt?: EpochMs;
  /** Runs up to this place have been looked at. */
  readonly position: StoreSeq;
  readonly looked: number;
  /** Ended by it; a holder that died in the middle of a slice may have ended some more. */
  readonly cancelled: number;
  /** What whoever asked for it wants to have told back, as it was given. */
  readonly about: JsonText;
}

export function writeBulkCancel(state: BulkCancelState): JsonText {
  return asJson(state);
}

/** `undefined` when the text is not what `writeBulkCancel` wrote. */
export function readBulkCancel(data: JsonText | undefined): BulkCancelState | undefined {
  const value = data === undefined ? undefined : parseJson(data);
  if (!isObject(value) || typeof value["position"] !== "number" || !isObject(value["filter"])) return undefined;
  return value as unknown as BulkCancelState;
}
