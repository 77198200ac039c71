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
    const slug = definition.id(client.id);
    const own = clientOf(definition, client);
    const hasSchemas = definition.opts.triggers.some((trigger) => schemasOfTrigger(own, trigger).length > 0);
    const { handler, onFailure } = definition;
    add({ slug, client: own, definition, handler, isFailureHandler: false, hasSchemas });
    if (onFailure === undefined) continue;
    const about = { client: own, definition, hasSchemas: false };
    add({ ...about, slug: `${slug}-failure`, handler: onFailure, isFailureHandler: true });
  }
  return all;
}

/** One of another app is called by this one's name, and runs with what its own client has: middleware, schemas, a logger. */
function clientOf(definition: StepwellFunction, client: Stepwell): Stepwell {
  const own = definition.client as Stepwell;
  if (own.id === client.id) return client;
  client.internalLogger.warn(
    `stepwell: the function "${definition.id()}" is of the client "${own.id}", and is served as one of "${client.id}".`,
  );
  return own;
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
