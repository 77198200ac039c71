import type { ExpressionInvalid } from "./run-selection.ts";

/** Work on many runs that a filter finds: durable, carried out in slices, resumed after a crash. */
export interface BulkWork<Job, Filter, Params, Created, Counted> {
  create(params: Params): Promise<BulkCreateResult<Created>>;
  /** What `create` would do now, without doing it. */
  preview(filter: Filter): Promise<BulkPreview<Counted>>;
  /** Newest first; those that are over stay for a while. */
  list(): Promise<readonly Job[]>;
  find(id: string): Promise<Job | undefined>;
  /** Stops it where it is; what it has done stays done. */
  abort(id: string): Promise<Job | undefined>;
}

export type BulkCreateResult<Created> =
  | Created
  /** As many are remembered as may be. */
  | { readonly kind: "too_many" }
  | ExpressionInvalid;

export type BulkPreview<Counted> = Counted | ExpressionInvalid;
