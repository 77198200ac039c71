// What is to be written, as data: looked at as a whole before anything is.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommandError, exitCodes } from "../exit-codes.ts";

export interface Plan {
  /** New files, by their paths from the project's folder. */
  readonly files: readonly PlannedFile[];
  /** Files that are there and change. */
  readonly edits: readonly PlannedEdit[];
}

export interface PlannedFile {
  readonly path: string;
  readonly text: string;
}

export interface PlannedEdit extends PlannedFile {
  readonly what: string;
}

/** All of it, or nothing. @throws {CommandError} A new file is there already; exit code 5. */
export function carryOut(folder: string, { files, edits }: Plan): void {
  const inTheWay = files.filter(({ path }) => existsSync(join(folder, path)));
  if (inTheWay.length > 0)
    throw new CommandError(exitCodes.conflict, "conflict", `${listOf(inTheWay)} ${inTheWay.length === 1 ? "is" : "are"} there already`, [
      "Nothing was written. Move what is in the way, or choose another name.",
    ]);
  for (const { path, text } of [...files, ...edits]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** One line for each file. */
export function planText({ files, edits }: Plan): string {
  return [...files.map(({ path }) => `  + ${path}`), ...edits.map(({ path, what }) => `  ~ ${path}  ${what}`)].join("\n");
}

function listOf(files: readonly PlannedFile[]): string {
  return files.map(({ path }) => path).join(", ");
}
