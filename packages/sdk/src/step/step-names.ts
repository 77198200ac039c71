import { StepwellError } from "@stepwell/protocol";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";

/** What every tool takes from its first argument. */
export function stepNames(idOrOptions: StepOptionsOrId): Pick<StepCall, "id" | "name" | "race"> {
  if (typeof idOrOptions === "string" && idOrOptions !== "") return { id: idOrOptions, name: idOrOptions, race: false };
  const options = typeof idOrOptions === "string" ? { id: idOrOptions } : idOrOptions;
  const id = (options as { readonly id?: unknown } | undefined)?.id;
  if (typeof id !== "string" || id === "")
    throw new StepwellError("step_id_missing", "a step needs an id: the first argument is a text, or an object with one as `id`", {
      retryable: false,
    });
  const { name, parallelMode } = options as Exclude<StepOptionsOrId, string>;
  return { id, name: name ?? id, race: parallelMode === "race" };
}
