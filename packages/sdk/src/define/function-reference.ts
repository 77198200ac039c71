/** Names a function of this app or another, so that it can be invoked without its code. */
export class FunctionReference<Data extends object = object, Output = unknown> {
  readonly [Symbol.toStringTag] = "Inngest.FunctionReference";
  readonly opts: { readonly functionId: string; readonly appId?: string };
  declare readonly "~types"?: { readonly data: Data; readonly output: Output };

  constructor(opts: { readonly functionId: string; readonly appId?: string }) {
    this.opts = opts;
  }
}
