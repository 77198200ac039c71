import { placesOf, shownCode, type TextFile } from "./shown-code.ts";

/**
 * One line for each example of a page that no file has, line by line, whatever its indentation there. What a page shows and
 * nothing runs is wrong sooner or later.
 */
export function strayExamples(pages: readonly TextFile[], files: readonly TextFile[]): readonly string[] {
  return pages
    .flatMap(shownCode)
    .filter((code) => !files.some((file) => placesOf(code, file).length > 0))
    .map(({ page, at }) => `${page}:${at} shows code that stands in no file of docs/examples`);
}
