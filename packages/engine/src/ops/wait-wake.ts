import type { OpBase } from "@stepwell/protocol";
import type { OpContext } from "./op-context.ts";

/** A wait that is alone, one of a race, and those of older SDKs are told of at once; others wait for their group. */
export function waitWake(op: OpBase, context: OpContext): "group" | "always" {
  return op.race || context.isAlone || context.run.step !== undefined || context.version < 2 ? "always" : "group";
}
