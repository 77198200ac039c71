import type { ASTNode } from "@marcbachmann/cel-js";
import { pathOf } from "./equality-terms.ts";

/** What an expression reads of the event. */
export interface EventPaths {
  /** Names behind `event`, each once, in the order in which they are written: `data.total`. */
  readonly paths: readonly string[];
  /** Something reads the event as a whole. */
  readonly isWhole: boolean;
}

export function eventPathsOf(root: ASTNode): EventPaths {
  const paths = new Set<string>();
  const isWhole = readsWhole(root, paths);
  return { paths: [...paths], isWhole };
}

function readsWhole(node: ASTNode, paths: Set<string>): boolean {
  const path = pathOf(node);
  if (path !== undefined) {
    if (path.variable === "event") paths.add(path.path);
    return false;
  }
  if (node.op === "id") return node.args === "event";
  let isWhole = false;
  for (const part of partsOf(node.args)) isWhole = readsWhole(part, paths) || isWhole;
  return isWhole;
}

/** The nodes within a node's arguments, however deep the library nests them. */
function partsOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(partsOf);
  return typeof args === "object" && args !== null && "op" in args ? [args as ASTNode] : [];
}
