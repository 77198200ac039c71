import type { FunctionConfig } from "@stepwell/protocol";
import { compileExpression, laterEvent } from "../expression/compile.ts";
import type { CompiledCancelRule } from "../runs/run-in-hand.ts";

const none: readonly CompiledCancelRule[] = [];

/** The cancel rules of a function. Conditions were checked at the sync, so one that does not compile is a mistake. */
export function compileCancelRules(config: FunctionConfig): readonly CompiledCancelRule[] {
  const { cancel } = config.options;
  if (cancel === undefined) return none;
  return cancel.map(({ event, if: source, timeout }) => {
    const compiled = source === undefined ? undefined : compileExpression(source, laterEvent);
    if (compiled?.kind === "invalid") throw new Error(`a stored condition does not compile: ${compiled.message}`);
    return { event, condition: compiled?.expression, timeout };
  });
}
