import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "tsdown";
import { entriesOf, stays } from "./build-scripts.ts";
import type { PublishedPackage } from "./published-packages.ts";
import { repository } from "./source-manifest.ts";

/**
 * Builds the declarations of several packages in one go, since most of it is the compiler's reading of all sources.
 *
 * @param folderOf - Where the files of a package go, under `outDir`.
 */
export async function buildDeclarations(
  plans: readonly PublishedPackage[],
  outDir: string,
  folderOf: (plan: PublishedPackage) => string,
): Promise<void> {
  const bundled = plans.flatMap((plan) => plan.bundled);
  const entries = plans.flatMap((plan) => {
    const programs = Object.keys(plan.programs);
    return Object.entries(entriesOf(plan))
      .filter(([name]) => !programs.includes(name))
      .map(([name, source]) => [`${folderOf(plan)}/${name}`, source] as const);
  });
  await build({
    config: false,
    cwd: join(repository, "packing"),
    tsconfig: join(repository, "packing/tsconfig.json"),
    entry: Object.fromEntries(entries),
    format: ["esm"],
    outDir,
    platform: "neutral",
    fixedExtension: true,
    dts: { dtsOnly: true },
    clean: false,
    report: false,
    logLevel: "warn",
    checks: { bundlerTimings: false },
    outputOptions: { chunkFileNames: ({ moduleIds }) => `${chunkFolder(plans, moduleIds, folderOf)}/[name]-[hash].mjs` },
    deps: { neverBundle: stays(bundled), alwaysBundle: bundled },
  });
  for (const plan of plans.filter(({ formats }) => formats.includes("cjs"))) copyForCommonJs(join(outDir, folderOf(plan)));
}

/** What several entries of a package share lies beside them; of two packages nothing is shared. */
function chunkFolder(
  plans: readonly PublishedPackage[],
  moduleIds: readonly string[],
  folderOf: (plan: PublishedPackage) => string,
): string {
  const plan = plans.find(({ folder }) => moduleIds.some((id) => id.replaceAll("\\", "/").includes(`/packages/${folder}/`)));
  // What the bundler adds for scripts is not in declarations, so nothing is written there.
  return plan === undefined ? "bundler" : folderOf(plan);
}

/** The same declarations for `require`: they differ in the endings of the files they name. */
function copyForCommonJs(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".d.mts")) continue;
    const text = readFileSync(join(folder, file), "utf8").replaceAll(/((?:from |import |import\()"\.{1,2}\/[^"]+)\.mjs"/g, '$1.cjs"');
    writeFileSync(join(folder, file.replace(/\.mts$/, ".cts")), text);
  }
}
