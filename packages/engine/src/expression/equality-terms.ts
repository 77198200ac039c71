// What must hold for an expression to be true, as far as it can be looked up: an index over these terms finds the waits
// an event may end, and only for those is the expression evaluated.

import type { ASTNode } from "@marcbachmann/cel-js";
import type { Expression } from "./compile.ts";

/**
 * `event.<eventPath> == async.<asyncPath>`, in either order. Paths are the names behind the variable with points between
 * them: `data.userId`. A path with a name that itself holds a point gives no term.
 *
 * The term finds a wait by the value at `eventPath`, which must be text, a finite number or a boolean: a missing value is
 * equal to null and null to a missing one, so neither can be looked up.
 */
export interface EqualityTerm {
  readonly eventPath: string;
  readonly asyncPath: string;
}

/** `async.<asyncPath> == <value>`, in either order; numbers are doubles, as those of JSON are. */
export interface LiteralTerm {
  readonly asyncPath: string;
  readonly value: string | number | boolean;
}

/** The equalities between the two events without which the expression cannot be true. */
export function equalityTerms(expression: Expression): readonly EqualityTerm[] {
  return equalitiesOf(expression.root).flatMap(([one, other]) => {
    const [path, otherPath] = [pathOf(one), pathOf(other)];
    if (path === undefined || otherPath === undefined || path.variable === otherPath.variable) return [];
    const [event, async] = path.variable === "event" ? [path, otherPath] : [otherPath, path];
    return [{ eventPath: event.path, asyncPath: async.path }];
  });
}

/** The equalities of the later event with literals, without which the expression cannot be true. */
export function literalTerms(expression: Expression): readonly LiteralTerm[] {
  return equalitiesOf(expression.root).flatMap(([one, other]) => {
    const path = pathOf(one) ?? pathOf(other);
    const value = literalOf(one) ?? literalOf(other);
    return path?.variable === "async" && value !== undefined ? [{ asyncPath: path.path, value }] : [];
  });
}

/** Both sides of every `==` that the whole expression is an `&&` of. Below `||`, `!` or a choice an equality may not hold. */
function equalitiesOf(node: ASTNode): readonly (readonly [ASTNode, ASTNode])[] {
  if (node.op === "&&") return node.args.flatMap(equalitiesOf);
  return node.op === "==" ? [node.args] : [];
}

interface Path {
  readonly variable: "event" | "async";
  readonly path: string;
}

/** Where a chain of names leads, from the variable it begins with. */
export function pathOf(node: ASTNode): Path | undefined {
  const names: string[] = [];
  let each = node;
  while (each.op === "." || each.op === "[]") {
    const name = nameOf(each);
    if (name === undefined) return undefined;
    names.unshift(name);
    each = each.args[0];
  }
  if (each.op !== "id" || (each.args !== "event" && each.args !== "async") || names.length === 0) return undefined;
  return { variable: each.args, path: names.join(".") };
}

/** A name in either way of writing it, `.name` or `["name"]`; places in lists are left to the evaluation. */
function nameOf(node: ASTNode & { readonly op: "." | "[]" }): string | undefined {
  if (node.op === ".") return node.args[1];
  const [, index] = node.args;
  if (index.op !== "value" || typeof index.args !== "string") return undefined;
  return index.args === "" || index.args.includes(".") ? undefined : index.args;
}

function literalOf(node: ASTNode): string | number | boolean | undefined {
  if (node.op === "-_") {
    const value = literalOf(node.args);
    return typeof value === "number" ? -value : undefined;
  }
  if (node.op !== "value") return undefined;
  const value: unknown = node.args;
  // Beyond 2^53 another number of JSON could be meant; the evaluation can tell, an index could not.
  if (typeof value === "bigint") return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
