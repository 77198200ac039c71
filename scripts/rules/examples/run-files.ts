import { posix } from "node:path";
import type { SourceFile } from "../source-file.ts";

/**
 * The files of a folder that its tests run: what they import, however far, and the programs that they name, from the folder on, to
 * start them. A file that only a type is imported from does not run.
 */
export function runFiles(folder: string, files: readonly SourceFile[]): ReadonlySet<string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const run = new Set<string>();
  const visit = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined || run.has(path)) return;
    run.add(path);
    for (const { from, isTypeOnly } of file.imports) if (!isTypeOnly && from.startsWith(".")) visit(posix.join(posix.dirname(path), from));
    if (isTest(path)) for (const [, named = ""] of file.text.matchAll(/"([\w./-]+\.ts)"/g)) visit(`${folder}/${named}`);
  };
  for (const { path } of files) if (isTest(path)) visit(path);
  return run;
}

function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}
