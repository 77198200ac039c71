import type { EpochMs, JsonText, MetadataTarget, MetadataUpdate, RunId, StepId } from "@stepwell/protocol";

/** What is noted about one thing: all of it, or nothing where it would be more than it may have. */
export interface MetadataEntry {
  readonly target: MetadataTarget;
  readonly updates: readonly MetadataUpdate[];
}

/**
 * Notes about a run, alive or ended, that no call brought. Turned away as `not_found` when there is no such run, and as
 * `metadata_full` when one of the things, or the run, would have more of them than it may.
 */
export interface SetMetadataUnit {
  readonly kind: "set_metadata";
  readonly runId: RunId;
  readonly at: EpochMs;
  readonly entries: readonly MetadataEntry[];
}

/** The same with a call. What is too much is left out. */
export type RecordMetadata = MetadataEntry & { readonly kind: "record_metadata"; readonly at: EpochMs };

export interface MetadataReport {
  readonly stepId?: StepId;
  readonly attempt?: number;
  readonly spanId?: string;
  readonly kind: string;
  /** An object. */
  readonly values: JsonText;
  readonly updatedAt: EpochMs;
}
