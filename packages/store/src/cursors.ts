// The rest of an event that starts more than one commit holds.

import type { EpochMs, RunId, StoreSeq } from "@stepwell/protocol";
import type { FunctionId } from "./apps.ts";
import type { StoredEvent } from "./events.ts";

/** One function that the event still starts; frozen when the event was accepted. */
export interface PlannedStart {
  readonly functionId: FunctionId;
  readonly runId: RunId;
  readonly dueAt: EpochMs;
}

export interface CursorRecord {
  readonly seq: StoreSeq;
  readonly event: StoredEvent;
  /** What the event starts, whole. */
  readonly plan: readonly PlannedStart[];
  /** How many of them exist. */
  readonly position: number;
}

export interface CursorsStore {
  /** The cursors that are open, oldest first. */
  list(params: { readonly limit: number }): Promise<readonly CursorRecord[]>;
  /** How many there are. */
  readonly openCount: number;
}
