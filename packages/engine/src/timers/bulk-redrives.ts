// Failed runs that are repeated by a filter: durable, carried out in slices at a rate, resumed after a crash.

import type { JsonText } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import type { BulkRedriveState, RedriveMode } from "./bulk-redrive-state.ts";
import type { BulkCreateResult, BulkPreview, BulkWork } from "./bulk-work.ts";
import type { RunSelectionFilter } from "./run-selection.ts";

export type BulkRedrives = BulkWork<BulkRedrive, RunSelectionFilter, CreateBulkRedriveParams, CreatedBulkRedrive, CountedBulkRedrive>;

export type BulkRedrive = BulkRedriveState & { readonly id: string };

export interface CreateBulkRedriveParams {
  readonly filter: RunSelectionFilter;
  readonly mode: RedriveMode;
  /** 1 to `redriveRateMax`. */
  readonly ratePerSecond: number;
  /** Kept with it and given back. */
  readonly about: JsonText;
}

export interface CreatedBulkRedrive {
  readonly kind: "created";
  readonly bulkRedrive: BulkRedrive;
}

export interface CountedBulkRedrive {
  readonly kind: "counted";
  readonly eligible: number;
  /** Runs that match and would not be started, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly atLeast: boolean;
  readonly sample: readonly RunReport[];
}

export type CreateBulkRedriveResult = BulkCreateResult<CreatedBulkRedrive>;
export type BulkRedrivePreview = BulkPreview<CountedBulkRedrive>;
