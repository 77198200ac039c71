import { StepwellError } from "@stepwell/protocol";
import type { Stepwell } from "../client/stepwell.ts";
import type { StepwellFunction, UntypedHandler } from "./stepwell-function.ts";

/** Something a server can call: a function, or the failure handler of one. */
export interface Executable {
  readonly slug: string;
  readonly client: Stepwell;
  readonly definition: StepwellFunction;
  readonly handler: UntypedHandler;
  readonly isFailureHandler: boolean;
}

/** Everything a server can call of these functions, by slug. A slug that stands twice is a mistake. */
export function executablesOf(client: Stepwell, functions: readonly StepwellFunction[]): ReadonlyMap<string, Executable> {
  const all = new Map<string, Executable>();
  for (const definition of functions) {
    const slug = definition.id(client.id);
    if (all.has(slug))
      throw new StepwellError("function_id_duplicate", `two functions have the id "${definition.id()}"; give one of them another`, {
        retryable: false,
      });
    all.set(slug, { slug, client, definition, handler: definition.handler, isFailureHandler: false });
    if (definition.onFailure !== undefined) {
      const failureSlug = `${slug}-failure`;
      all.set(failureSlug, { slug: failureSlug, client, definition, handler: definition.onFailure, isFailureHandler: true });
    }
  }
  return all;
}
