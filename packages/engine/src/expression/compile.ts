import { type ASTNode, parse } from "@marcbachmann/cel-js";
import { limits } from "@stepwell/protocol";
import { checkTree } from "./check-tree.ts";
import type { Pattern } from "./match-pattern.ts";

/** A condition or a key, ready to be evaluated. */
export interface Expression {
  readonly source: string;
  readonly root: ASTNode;
  /** The patterns of `matches` that stand in the expression as literals. */
  readonly patterns: ReadonlyMap<string, Pattern>;
}

export type Compiled =
  | { readonly kind: "expression"; readonly expression: Expression }
  /** `column` counts from 1, over the whole text. */
  | { readonly kind: "invalid"; readonly message: string; readonly column?: number };

/** What the expressions of waits and of cancel rules speak of besides: the event that comes later. Elsewhere there is none. */
export const laterEvent: readonly string[] = ["async"];

/**
 * Parses and checks an expression: its syntax, its names, its functions, its patterns. Nothing is evaluated, nothing thrown.
 *
 * @param more - What it may speak of besides `event`: a name that has no value where it is evaluated would be missing, and
 *   what is missing is less than everything, so that the condition would hold for whatever it is asked of.
 */
export function compileExpression(source: string, more: readonly string[] = []): Compiled {
  if (source.length > limits.expressionLengthMax)
    return { kind: "invalid", message: `the expression has more than ${limits.expressionLengthMax} characters (expressionLengthMax)` };
  try {
    const root = parse(source).ast;
    const checked = checkTree(root, more);
    if (checked.kind === "valid") return { kind: "expression", expression: { source, root, patterns: checked.patterns } };
    return { kind: "invalid", message: `${checked.message} at column ${checked.column}`, column: checked.column };
  } catch (error) {
    return explained(source, error);
  }
}

function explained(source: string, error: unknown): Compiled {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  const start = (error as { readonly range?: { readonly start: number } } | undefined)?.range?.start;
  if (start === undefined) return { kind: "invalid", message };
  const hint = source[start] === "=" ? '; "==" compares, and there is neither "=" nor "==="' : "";
  return { kind: "invalid", message: `${message} at column ${start + 1}${hint}`, column: start + 1 };
}
