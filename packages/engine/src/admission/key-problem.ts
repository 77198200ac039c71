import { compileExpression } from "../expression/compile.ts";

/** Why the expression of a key cannot be used; `undefined`: it can. Of what apps register, the sync tells. */
export function keyProblem(source: string): string | undefined {
  const compiled = compileExpression(source);
  return compiled.kind === "invalid" ? compiled.message : undefined;
}
