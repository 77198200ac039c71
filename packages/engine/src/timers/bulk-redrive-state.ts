import { asJson, type EpochMs, isObject, type JsonText, parseJson, type StoreSeq } from "@stepwell/protocol";
import type { RunSelectionFilter } from "./run-selection.ts";

/** `rerun`: from the beginning. `resume`: with what the run had done before it failed. */
export type RedriveMode = "rerun" | "resume";

/** What the timer of a redrive of many runs remembers. */
export interface BulkRedriveState {
  readonly status: "running" | "completed" | "aborted";
  readonly filter: RunSelectionFilter;
  readonly mode: RedriveMode;
  readonly ratePerSecond: number;
  readonly createdAt: EpochMs;
  readonly endedAt?: EpochMs;
  /** Runs up to this place have been looked at. */
  readonly position: StoreSeq;
  readonly looked: number;
  /** Runs it started; a holder that died in the middle of a slice may have started some more, and none of them twice. */
  readonly started: number;
  /** Runs that match and were not started, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** What whoever asked for it wants to have told back, as it was given. */
  readonly about: JsonText;
}

export function writeBulkRedrive(state: BulkRedriveState): JsonText {
  return asJson(state);
}

/** `undefined` when the text is not what `writeBulkRedrive` wrote. */
export function readBulkRedrive(data: JsonText | undefined): BulkRedriveState | undefined {
  const value = data === undefined ? undefined : parseJson(data);
  if (!isObject(value) || typeof value["position"] !== "number" || typeof value["mode"] !== "string") return undefined;
  return value as unknown as BulkRedriveState;
}
