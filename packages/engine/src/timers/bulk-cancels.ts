// Cancellations of many runs: durable, carried out in slices, resumed after a crash.

import type { JsonText } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import type { BulkCancelFilter, BulkCancelState } from "./bulk-cancel-state.ts";
import type { BulkCreateResult, BulkPreview, BulkWork } from "./bulk-work.ts";

export interface BulkCancels extends BulkWork<BulkCancel, BulkCancelFilter, CreateBulkCancelParams, CreatedBulkCancel, CountedBulkCancel> {
  /** Stops and forgets it. `false`: there is none. */
  remove(id: string): Promise<boolean>;
}

export type BulkCancel = BulkCancelState & { readonly id: string };

export interface CreateBulkCancelParams {
  readonly filter: BulkCancelFilter;
  /** As the cancelled runs show it. */
  readonly reason: string;
  /** Kept with it and given back. */
  readonly about: JsonText;
}

export interface CreatedBulkCancel {
  readonly kind: "created";
  readonly bulkCancel: BulkCancel;
}

export interface CountedBulkCancel {
  readonly kind: "counted";
  readonly matched: number;
  readonly atLeast: boolean;
  readonly sample: readonly RunReport[];
}

export type CreateBulkCancelResult = BulkCreateResult<CreatedBulkCancel>;
export type BulkCancelPreview = BulkPreview<CountedBulkCancel>;
