import type { SourceFile } from "./source-file.ts";

export const linesMax = 400;

/**
 * Files over the limit, with the most lines each may have and why. It may shrink and not grow; a file that has come
 * under the limit is taken off the list.
 */
const longFiles: Readonly<Record<string, { readonly linesMax: number; readonly reason: string }>> = {};

/** Names that say nothing about what is in a file. */
const emptyNames = /(?:^|\/)(?:utils?|helpers?|common|types|misc|shared|lib)\.(?:[cm]?js|ts)$/;
const kebabCase = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.[a-z0-9]+)+$/;

/** One line for each file that is too long, and for each entry of the list that is no longer needed. */
export function sizeBreaks(files: readonly SourceFile[], permitted = longFiles): readonly string[] {
  const lines = new Map(files.map(({ path, text }) => [path, text.split("\n").length - (text.endsWith("\n") ? 1 : 0)]));
  const tooLong = [...lines]
    .filter(([path, count]) => count > (permitted[path]?.linesMax ?? linesMax))
    .map(([path, count]) => `${path} has ${count} lines; at most ${permitted[path]?.linesMax ?? linesMax} (split it by what it does)`);
  const settled = Object.keys(permitted)
    .filter((path) => (lines.get(path) ?? 0) <= linesMax)
    .map((path) => `${path} has no more than ${linesMax} lines: take it off the list`);
  return [...tooLong, ...settled];
}

/** One line for each file whose name says nothing, or is not in kebab-case. Applications under `examples/` have names of their own. */
export function nameBreaks(paths: readonly string[]): readonly string[] {
  return paths
    .filter((path) => /\.(?:[cm]?js|ts)$/.test(path) && !path.startsWith("examples/"))
    .flatMap((path) => {
      if (emptyNames.test(path)) return [`${path}: the name says nothing about what is in it`];
      return kebabCase.test(path.split("/").at(-1) ?? "") ? [] : [`${path}: not in kebab-case`];
    });
}
