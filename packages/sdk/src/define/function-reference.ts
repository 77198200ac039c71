import type { SchemaInput, SchemaOutput, StandardSchemaV1 } from "./standard-schema.ts";
import type { StepwellFunction } from "./stepwell-function.ts";

export interface ReferenceOptions {
  readonly functionId: string;
  /** Of another app. */
  readonly appId?: string;
  /** For TypeScript: what the function takes and returns. */
  readonly schemas?: { readonly data?: StandardSchemaV1; readonly return?: StandardSchemaV1 };
}

/** Names a function of this app or another, so that it can be invoked without its code. */
export class FunctionReference<Output = unknown, Data = unknown> {
  readonly [Symbol.toStringTag] = "Inngest.FunctionReference";
  readonly opts: ReferenceOptions;
  /** For TypeScript alone. */
  declare readonly "~types"?: { readonly data: Data; readonly output: Output };

  constructor(opts: ReferenceOptions) {
    this.opts = opts;
  }
}

/** What a reference takes and returns: of a function whose type is given, or of the schemas. */
export type ReferenceTo<Of> =
  Of extends StepwellFunction<infer Output, infer Data>
    ? FunctionReference<Output, Data>
    : Of extends { readonly schemas: infer Schemas }
      ? FunctionReference<
          Schemas extends { readonly return: infer Return } ? SchemaOutput<Return> : unknown,
          Schemas extends { readonly data: infer Data } ? SchemaInput<Data> : unknown
        >
      : FunctionReference;

/**
 * Refers to a function of this app, or with `appId` of another, so that it can be invoked without its code.
 *
 * @example
 * const charge = referenceFunction<typeof chargeFunction>({ functionId: "charge" });
 */
export function referenceFunction<const Of extends ReferenceOptions | StepwellFunction = ReferenceOptions>(
  options: Of extends StepwellFunction ? Omit<ReferenceOptions, "schemas"> : Of,
): ReferenceTo<Of> {
  return new FunctionReference(options as ReferenceOptions) as ReferenceTo<Of>;
}
