import type { Node, SourceFile } from "typescript/unstable/ast";
import type { NodeHandle, Project } from "typescript/unstable/sync";
import { declarationKey, type OfferedName } from "./offered-names.ts";
import { writtenNames } from "./written-names.ts";

/** A place where a name is used, and not only mentioned. */
export interface NameUse {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Where the files use each of the names, by its path: as a property that is written, read or called, or as a hook that is defined. */
export function nameUses(
  { program, checker }: Project,
  names: readonly OfferedName[],
  files: readonly string[],
): ReadonlyMap<string, readonly NameUse[]> {
  const sources = files.map((file) => program.getSourceFile(file)).filter((source) => source !== undefined);
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const written = Map.groupBy(
    sources.flatMap((source) => writtenNames(checker, source).map(([key, node]) => ({ key, use: placeOf(source, node) }))),
    ({ key }) => key,
  );
  const referred = (handle: NodeHandle): readonly NameUse[] => {
    const { name } = (handle.resolve() ?? {}) as { readonly name?: Node };
    if (name === undefined) return [];
    const references = checker.getReferencedSymbolsForNode(name, name.end - 1).flatMap((entry) => entry.references);
    return references.flatMap((reference) => {
      const source = byPath.get(reference.path);
      const node = source && reference.resolve();
      return source === undefined || node === undefined ? [] : [placeOf(source, node)];
    });
  };
  const usesOf = (handle: NodeHandle): readonly NameUse[] => [
    ...referred(handle),
    ...(written.get(declarationKey(handle)) ?? []).map(({ use }) => use),
  ];
  return new Map(names.map(({ path, declarations }) => [path, declarations.flatMap(usesOf)]));
}

function placeOf(source: SourceFile, node: Node): NameUse {
  return { file: source.fileName, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1 };
}
