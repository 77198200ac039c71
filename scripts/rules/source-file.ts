import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { maskSource } from "./mask-source.ts";

/** One import or re-export as a file states it. */
export interface ImportOfFile {
  readonly from: string;
  /** `import type` and `export type` are gone when the program runs; `import { type A }` still loads the module. */
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** The text without comments and contents of strings, character for character in the same places. */
  readonly code: string;
  readonly imports: readonly ImportOfFile[];
}

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is made by tools, or kept as it was recorded, is nobody's prose and nobody's code. */
const skippedFolders = new Set(["node_modules", ".git", "dist", "coverage", ".next", ".data", ".stepwell", "recordings"]);
const sourceName = /\.(?:[cm]?js|ts)$/;

/** The paths of all files of the repository, relative to its root, sorted. */
export function listFiles(folder = root): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !skippedFolders.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path);
      return entry.isFile() ? [relative(root, path).split(sep).join("/")] : [];
    })
    .sort();
}

/** All TypeScript and JavaScript of the repository. */
export function readSourceFiles(): readonly SourceFile[] {
  return listFiles()
    .filter((path) => sourceName.test(path))
    .map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

export function sourceFile(path: string, text: string): SourceFile {
  const code = maskSource(text);
  return { path, text, code, imports: importsOf(text, code) };
}

/** Found in the masked code, where only real imports are left; the module's name is read from the text in the same place. */
function importsOf(text: string, code: string): readonly ImportOfFile[] {
  const statement =
    /^[ \t]*(?:import|export)(?<type> type)?\b(?<names>[\s\w$*{},]*?\bfrom)?\s*"(?<blank>[^"]*)"|\b(?:import|require)\(\s*"(?<blankCall>[^"]*)"/gm;
  return [...code.matchAll(statement)].map((match) => {
    const groups = match.groups ?? {};
    const length = (groups["blank"] ?? groups["blankCall"] ?? "").length;
    const end = match.index + match[0].length - 1;
    return { from: text.slice(end - length, end), isTypeOnly: groups["type"] !== undefined || isTypeQuery(code, match) };
  });
}

/** `import("x").Name` inside a type: a promise has no property with a capital letter. */
function isTypeQuery(code: string, match: RegExpMatchArray): boolean {
  return match.groups?.["blankCall"] !== undefined && /^\)\.[A-Z]/.test(code.slice((match.index ?? 0) + match[0].length));
}
