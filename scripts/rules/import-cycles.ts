import { posix } from "node:path";
import type { SourceFile } from "./source-file.ts";

/** The cycles among files that load each other when the program runs, each as `a → b → a`. */
export function importCycles(files: readonly SourceFile[]): readonly string[] {
  const known = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles = new Set<string>();

  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.add(fromSmallest(trail.slice(start)));
      return;
    }
    const file = known.get(path);
    if (file === undefined || done.has(path)) return;
    for (const { from, isTypeOnly } of file.imports)
      if (from.startsWith(".") && !isTypeOnly) visit(posix.join(posix.dirname(path), from), [...trail, path]);
    done.add(path);
  };

  for (const path of known.keys()) visit(path, []);
  return [...cycles].sort();
}

/** The same cycle reads the same wherever the walk came upon it. */
function fromSmallest(cycle: readonly string[]): string {
  const first = cycle.indexOf([...cycle].sort()[0] ?? "");
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, turned[0]].join(" → ");
}
