import type { PublishedPackage } from "./published-packages.ts";
import { entryName, publishedExports, type SourceManifest } from "./source-manifest.ts";

/** The manifest of the package that is installed: built files in its module systems, and its dependencies of one exact version. */
export function publishedManifest(plan: PublishedPackage, source: SourceManifest): object {
  const { name, version, license } = source;
  const subpaths = publishedExports(source, plan.unpublished).map(([subpath]) => subpath);
  const file = (entry: string, ending: string) => `./${plan.layout === "root" ? "" : "dist/"}${entry}.${ending}`;
  const hasCjs = plan.formats.includes("cjs");
  const conditions = (entry: string) => ({
    import: { types: file(entry, "d.mts"), default: file(entry, "mjs") },
    ...(hasCjs
      ? { require: { types: file(entry, "d.cts"), default: file(entry, "cjs") } }
      : // It is looked for by `require.resolve`.
        { default: file(entry, "mjs") }),
  });
  return {
    ...{ name, version, description: plan.description, license, type: "module", engines: { node: plan.node } },
    // A program is loaded for what it does; of all else a bundle may leave out what nothing uses.
    sideEffects: Object.keys(plan.programs).map((entry) => file(entry, "mjs")),
    main: file("index", hasCjs ? "cjs" : "mjs"),
    module: file("index", "mjs"),
    types: file("index", hasCjs ? "d.cts" : "d.mts"),
    // For tools that do not read `exports`.
    ...(subpaths.length > 1 && hasCjs ? { typesVersions: { "*": typesBySubpath(subpaths, (entry) => file(entry, "d.cts")) } } : {}),
    exports: {
      ...Object.fromEntries(subpaths.map((subpath) => [subpath, conditions(entryName(subpath))])),
      "./package.json": "./package.json",
    },
    ...(plan.folder === "sdk" ? { bin: { stepwell: file("bin", "mjs") } } : source.bin === undefined ? {} : { bin: source.bin }),
    ...dependenciesOf(plan, source),
  };
}

function dependenciesOf({ bundled, peers, optionalPeers }: PublishedPackage, { dependencies = {} }: SourceManifest): object {
  const needed = Object.entries(dependencies).filter(([name]) => !bundled.includes(name));
  const isPeer = ([name]: readonly [string, string]) => peers.includes(name) || optionalPeers.includes(name);
  const [asPeer, own] = [needed.filter(isPeer), needed.filter((each) => !isPeer(each))];
  return {
    ...(own.length > 0 ? { dependencies: Object.fromEntries(own) } : {}),
    ...(asPeer.length > 0 ? { peerDependencies: Object.fromEntries(asPeer) } : {}),
    ...(optionalPeers.length > 0
      ? { peerDependenciesMeta: Object.fromEntries(optionalPeers.map((name) => [name, { optional: true }])) }
      : {}),
  };
}

function typesBySubpath(subpaths: readonly string[], file: (entry: string) => string): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    subpaths.filter((subpath) => subpath !== ".").map((subpath) => [entryName(subpath), [file(entryName(subpath))]]),
  );
}
