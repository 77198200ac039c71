import { FunctionReference } from "./function-reference.ts";

/** Refers to a function of this app, or with `appId` of another, so that it can be invoked without its code. */
export function referenceFunction<Data extends object = object, Output = never>(options: {
  readonly functionId: string;
  readonly appId?: string;
}): FunctionReference<Data, Output> {
  return new FunctionReference(options);
}
