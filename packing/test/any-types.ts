import { globSync } from "node:fs";
import { join, relative } from "node:path";
import type { Node, SourceFile, TypeNode } from "typescript/unstable/ast";
import { isTemplateLiteralTypeSpan, isTypeNode } from "typescript/unstable/ast/is";
import { API, type Checker, TypeFlags } from "typescript/unstable/sync";
import { repository } from "../src/source-manifest.ts";

/**
 * Each type in the declarations of each folder that the compiler takes for `any`, whatever it is called: by that word, by an
 * alias, as a member of something else. One that it cannot resolve is one as well.
 */
export function anyTypes(folders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const filesOf = new Map(folders.map((folder) => [folder, globSync(join(folder, "**/*.d.mts").replaceAll("\\", "/"))]));
  using project = open([...filesOf.values()].flat());
  return new Map(folders.map((folder) => [folder, (filesOf.get(folder) ?? []).flatMap((file) => project.anyIn(file))]));
}

function open(files: readonly string[]) {
  const config = join(repository, "packing/declarations.json");
  const text = JSON.stringify({ extends: "./tsconfig.json", include: [], files });
  const api = new API({ cwd: repository, fs: { readFile: (path) => (relative(path, config) === "" ? text : undefined) } });
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
  if (project === undefined) throw new Error("the compiler has opened nothing");
  const { program, checker } = project;
  return {
    anyIn(file: string): readonly string[] {
      const source = program.getSourceFile(file);
      if (source === undefined) throw new Error(`the compiler has not read ${file}`);
      return anyInSource(source, checker);
    },
    [Symbol.dispose]: () => api.close(),
  };
}

function anyInSource(source: SourceFile, checker: Checker): readonly string[] {
  const nodes = typesIn(source);
  const types = checker.getTypeAtLocation(nodes);
  const found = nodes.filter((_, index) => ((types[index]?.flags ?? TypeFlags.Any) & TypeFlags.Any) !== 0);
  return found.map((node) => source.text.slice(node.getStart(source), node.end));
}

function typesIn(root: Node): readonly TypeNode[] {
  const found: TypeNode[] = [];
  const visit = (node: Node): void => {
    if (isTypeNode(node) && !isTemplateLiteralTypeSpan(node)) found.push(node);
    node.forEachChild(visit);
  };
  visit(root);
  return found;
}
