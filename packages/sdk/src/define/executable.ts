import { StepwellError } from "@stepwell/protocol";
import type { Stepwell } from "../client/stepwell.ts";
import { schemasOfTrigger } from "./schemas-of-trigger.ts";
import type { StepwellFunction, UntypedHandler } from "./stepwell-function.ts";

/** Something a server can call: a function, or the failure handler of one. */
export interface Executable {
  readonly slug: string;
  readonly client: Stepwell;
  readonly definition: StepwellFunction;
  readonly handler: UntypedHandler;
  readonly isFailureHandler: boolean;
  /** Some event that starts it has to fit a schema. */
  readonly hasSchemas: boolean;
}

/** Everything a server can call of these functions, by slug. A slug that stands twice is a mistake. */
export function executablesOf(client: Stepwell, functions: readonly StepwellFunction[]): ReadonlyMap<string, Executable> {
  const all = new Map<string, Executable>();
  const add = (executable: Executable): void => {
    const { slug, definition } = executable;
    if (all.has(slug))
      throw new StepwellError("function_id_duplicate", `two functions have the id "${definition.id()}"; give one of them another`, {
        retryable: false,
      });
    all.set(slug, executable);
  };
  for (const [index, definition] of functions.entries()) {
    if (!isDefinition(definition))
      throw new StepwellError("config_invalid", `functions[${index}] was not made by createFunction of this package`, {
        retryable: false,
        advice: "Make it with createFunction of a Stepwell client; those of another package's client stay with that package's serve.",
      });
    // Under another app's id it would run without its own client's middleware.
    if (definition.client.id !== client.id)
      throw new StepwellError(
        "config_invalid",
        `functions[${index}], "${definition.id()}", is of the client "${definition.client.id}", and not of "${client.id}"`,
        { retryable: false, advice: "Make it with the client that is served, or serve its own at another path." },
      );
    const slug = definition.id(client.id);
    const hasSchemas = definition.opts.triggers.some((trigger) => schemasOfTrigger(client, trigger).length > 0);
    const { handler, onFailure } = definition;
    add({ slug, client, definition, handler, isFailureHandler: false, hasSchemas });
    if (onFailure === undefined) continue;
    const about = { client, definition, hasSchemas: false };
    add({ ...about, slug: `${slug}-failure`, handler: onFailure, isFailureHandler: true });
  }
  return all;
}

/** Also of another copy of this package. */
function isDefinition(value: unknown): value is StepwellFunction {
  const { id, opts, handler, client } = (value ?? {}) as Partial<Record<"id" | "opts" | "handler" | "client", unknown>>;
  return (
    typeof id === "function" &&
    typeof handler === "function" &&
    typeof client === "object" &&
    Array.isArray((opts as { readonly triggers?: unknown } | undefined)?.triggers)
  );
}
