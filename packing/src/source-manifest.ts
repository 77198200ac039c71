import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The root of the repository. */
export const repository: string = join(import.meta.dirname, "../..");

/** What of a workspace's manifest the published one is made from. */
export interface SourceManifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): SourceManifest {
  return JSON.parse(readFileSync(join(repository, "packages", folder, "package.json"), "utf8"));
}

/** `./deno/fresh` → `deno/fresh`, and `.` → `index`: the name of its built files. */
export function entryName(subpath: string): string {
  return subpath === "." ? "index" : subpath.slice(2);
}

/** The subpaths that are published, and their sources. */
export function publishedExports(manifest: SourceManifest, unpublished: readonly string[]): readonly (readonly [string, string])[] {
  return Object.entries(manifest.exports).filter(([subpath]) => !unpublished.includes(subpath));
}
