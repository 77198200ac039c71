// Builds that are broken on purpose: the shipped sources of the store and of the engine, copied, with one guard of them
// taken out. What no guard is missing from is imported as it is.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Build, soundBuild } from "./build.ts";

/** One change of a source file. What is to be changed must stand there exactly once, or the guard has moved. */
export interface Edit {
  /** From the folder of packages, e.g. `store-sqlite/src/calls.ts`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const packages = fileURLToPath(new URL("../../", import.meta.url));

export class BrokenBuild implements Build, Disposable {
  readonly buildEngine: Build["buildEngine"];
  readonly openStore: Build["openStore"];
  readonly #folder: string;

  private constructor(folder: string, build: Build) {
    this.#folder = folder;
    this.buildEngine = build.buildEngine;
    this.openStore = build.openStore;
  }

  static async make(edits: readonly Edit[]): Promise<BrokenBuild> {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-broken-"));
    // Libraries, and the packages that are whole, are found as they are from where the copies stand.
    symlinkSync(join(dirname(packages), "node_modules"), join(folder, "node_modules"), "junction");
    const broken = new Set(edits.map(({ file }) => file.split("/")[0] ?? ""));
    for (const name of broken)
      cpSync(join(packages, name), join(folder, name), { recursive: true, filter: (path) => !path.endsWith(".test.ts") });
    for (const edit of edits) apply(join(folder, edit.file), edit);
    const entry = (name: string): string => pathToFileURL(join(folder, name, "src/index.ts")).href;
    const store = broken.has("store-sqlite") ? await import(/* @vite-ignore */ entry("store-sqlite")) : undefined;
    const engine = broken.has("engine") ? await import(/* @vite-ignore */ entry("engine")) : undefined;
    return new BrokenBuild(folder, {
      openStore: store?.openSqliteStore ?? soundBuild.openStore,
      buildEngine: engine?.buildEngine ?? soundBuild.buildEngine,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function apply(path: string, { file, from, to }: Edit): void {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const count = text.split(from).length - 1;
  if (count !== 1) throw new Error(`${file} has "${from}" ${count} times: the guard has moved, and so must the broken build`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}
