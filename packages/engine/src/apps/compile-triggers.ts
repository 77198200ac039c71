import type { FunctionConfig } from "@stepwell/protocol";
import { compileExpression, type Expression, laterEvent } from "../expression/compile.ts";

/** One event trigger, with its condition ready to be evaluated. */
export interface CompiledTrigger {
  /** The event's name, or a wildcard such as `shop/*`. */
  readonly event: string;
  readonly condition: Expression | undefined;
  readonly source: string | undefined;
}

/** The event triggers of a function. Conditions were checked at the sync, so one that does not compile is a mistake. */
export function compileTriggers(config: FunctionConfig): readonly CompiledTrigger[] {
  return config.triggers.flatMap((trigger) => {
    if (trigger.kind !== "event") return [];
    return [{ event: trigger.event, condition: conditionOf(trigger.expression), source: trigger.expression }];
  });
}

function conditionOf(source: string | undefined): Expression | undefined {
  if (source === undefined) return undefined;
  // Databases may hold one that the sync would refuse now for speaking of "async"; the server starts all the same.
  const compiled = compileExpression(source, laterEvent);
  if (compiled.kind === "invalid") throw new Error(`a stored condition does not compile: ${compiled.message}`);
  return compiled.expression;
}
