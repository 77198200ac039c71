import { type LambdaEvent, type LambdaResult, serve as serveLambda } from "./lambda.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "redwoodjs";

/** Serves functions from a function of RedwoodJS, which has the form of one of Lambda. */
export function serve(options: ServeOptions): (event: LambdaEvent, context?: unknown) => Promise<LambdaResult> {
  return serveLambda(options);
}
