import type { ASTNode } from "@marcbachmann/cel-js";
import { pathOf } from "./equality-terms.ts";

/** The places of the event that an expression reads, each once, in the order in which they are written: `data.total`. */
export function eventPaths(root: ASTNode): readonly string[] {
  const paths = new Set<string>();
  collect(root, paths);
  return [...paths];
}

function collect(value: unknown, paths: Set<string>): void {
  if (Array.isArray(value)) {
    for (const member of value) collect(member, paths);
  } else if (isNode(value)) {
    const path = pathOf(value);
    if (path === undefined) collect(value.args, paths);
    else if (path.variable === "event") paths.add(path.path);
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}
