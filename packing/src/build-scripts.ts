import { join } from "node:path";
import { build } from "tsdown";
import type { PublishedPackage } from "./published-packages.ts";
import { entryName, publishedExports, readManifest, repository } from "./source-manifest.ts";

/** What stays an import in the built files: everything but a package's own files and what becomes a part of it. */
export function stays(bundled: readonly string[]): (id: string) => boolean {
  return (id) => !/^(?:\.|\/|[A-Za-z]:[\\/])/.test(id) && !bundled.includes(id);
}

/** The entries of a package, by the name of their built file. */
export function entriesOf(plan: PublishedPackage): Readonly<Record<string, string>> {
  const root = join(repository, "packages", plan.folder);
  const exports = publishedExports(readManifest(plan.folder), plan.unpublished);
  return Object.fromEntries([
    ...exports.map(([subpath, source]) => [entryName(subpath), join(root, source)]),
    ...Object.entries(plan.programs).map(([name, source]) => [name, join(root, source)]),
  ]);
}

/** A worker is a file that is named and not imported. */
const workersAsBuilt = {
  name: "workers-as-built",
  transform: (code: string) =>
    code.replaceAll(/new URL\("(\.\/[\w-]+-worker)\.ts", import\.meta\.url\)/g, 'new URL("$1.mjs", import.meta.url)'),
};

interface ChunkGroup {
  readonly name: string;
  readonly priority: number;
  readonly test: (id: string) => boolean;
}

function groupsOf({ together }: PublishedPackage): ChunkGroup[] {
  return Object.entries(together).map(([name, sources], index) => {
    const modules = sources.map((source) => join(repository, "packages", source));
    return { name, priority: Object.keys(together).length - index, test: (id) => modules.includes(id) };
  });
}

/** Builds a package's JavaScript in each of its module systems. */
export async function buildScripts(plan: PublishedPackage, outDir: string): Promise<void> {
  await build({
    config: false,
    cwd: join(repository, "packages", plan.folder),
    tsconfig: join(repository, "packing/tsconfig.json"),
    entry: { ...entriesOf(plan) },
    format: [...plan.formats],
    outDir,
    // The oldest Node that applications run on has ES 2022; newer syntax, such as `using`, is written out.
    target: "es2022",
    platform: plan.platform,
    fixedExtension: true,
    // The versions of a package tell its files apart; an application's bundler gives its own chunks their hashes.
    hash: false,
    dts: false,
    clean: false,
    report: false,
    logLevel: "warn",
    checks: { bundlerTimings: false },
    plugins: [workersAsBuilt],
    // `require` of an entry with a default export gives an object with both.
    outputOptions: { exports: "named", ...(Object.keys(plan.together).length === 0 ? {} : { codeSplitting: { groups: groupsOf(plan) } }) },
    deps: { neverBundle: stays(plan.bundled), alwaysBundle: [...plan.bundled] },
  });
}
