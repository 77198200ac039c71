import type { NameUse } from "./name-uses.ts";
import type { OfferedName } from "./offered-names.ts";
import { placesOf, shownCode, type TextFile } from "./shown-code.ts";

export interface Examples {
  readonly names: readonly OfferedName[];
  /** Where the examples use each name, by its path. */
  readonly uses: ReadonlyMap<string, readonly NameUse[]>;
  /** The files that tests run. */
  readonly run: ReadonlySet<string>;
  readonly pages: readonly TextFile[];
  readonly files: readonly TextFile[];
}

/** One line for each name that is offered without an example which a page shows and a test runs, and says which of it is missing. */
export function missingExamples({ names, uses, run, pages, files }: Examples): readonly string[] {
  const shown = pages.flatMap(shownCode).flatMap((code) => files.flatMap((file) => placesOf(code, file)));
  const isShown = ({ file, line }: NameUse): boolean =>
    shown.some((lines) => lines.file === file && lines.first <= line && line <= lines.last);
  return names.flatMap(({ path }) => {
    const found = uses.get(path) ?? [];
    const ran = found.filter(({ file }) => run.has(file));
    if (ran.some(isShown)) return [];
    if (found.length === 0) return [`${path}: no example uses it`];
    const [{ file, line }] = (ran.length > 0 ? ran : found) as [NameUse];
    return [`${path}: ${ran.length > 0 ? "no page shows the example" : "no test runs the example"}, ${file}:${line}`];
  });
}
