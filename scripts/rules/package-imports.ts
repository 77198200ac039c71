import { posix } from "node:path";
import type { SourceFile } from "./source-file.ts";

interface PackageRule {
  /** Packages of this repository, without the scope. */
  readonly packages: readonly string[];
  /** Modules of Node that it may load; `"all"` where it is a program on Node. */
  readonly node: readonly string[] | "all";
  /** What only some of its folders may import besides. */
  readonly within?: Readonly<Record<string, readonly string[]>>;
}

/**
 * What may import what. A package that is not listed may import nothing, so a new one needs a line here.
 * Node's `crypto` stays with the server, which alone compares and makes signatures on Node; the protocol works everywhere.
 */
export const packageRules: Readonly<Record<string, PackageRule>> = {
  protocol: {
    packages: [],
    node: [],
    // Judges a server by what it does over HTTP, so it plays an app and a sender, and checks signatures by other means than the server.
    within: { conformance: ["node:assert/strict", "node:crypto", "node:http", "node:net", "node:util", "node:zlib"] },
  },
  sdk: {
    packages: ["protocol"],
    node: ["http"],
    within: {
      // Finds the command line and loads it.
      bin: ["node:fs", "node:module", "node:path", "node:url"],
      // Its tests run functions on the engine and the store that ship.
      test: ["@stepwell/engine", "@stepwell/engine/testing", "@stepwell/store-sqlite"],
    },
  },
  store: { packages: ["protocol"], node: [] },
  "store-sqlite": {
    packages: ["store", "protocol"],
    node: ["sqlite", "fs", "path", "url", "worker_threads"],
    // Programs that its tests start, kill and listen to.
    within: { testing: ["node:child_process", "node:os", "node:readline"] },
  },
  engine: {
    packages: ["store", "protocol"],
    node: [],
    // The simulation runs what is shipped: the real store, with a folder for its file, which the invariants read.
    within: { simulation: ["@stepwell/store-sqlite", "node:fs", "node:os", "node:path", "node:sqlite", "node:url", "node:util"] },
  },
  // Its tests answer requests over the engine and the store that ship.
  server: { packages: ["engine", "store", "protocol"], node: "all", within: { test: ["@stepwell/store-sqlite"] } },
  // The API that others mount is a server's, and a part of its own, so that an engine without it loads none.
  embedded: {
    packages: ["protocol", "store", "store-sqlite", "engine"],
    node: ["fs", "path"],
    within: { api: ["@stepwell/server", "node:http"], testing: ["node:child_process", "node:readline", "node:timers/promises"] },
  },
  testing: {
    packages: ["protocol", "store", "store-sqlite", "engine", "embedded"],
    node: ["timers", "async_hooks", "assert", "util"],
    within: { runners: ["node:assert/strict", "node:fs/promises", "node:test", "node:module"] },
  },
  // Its tests run the functions that it writes for others.
  cli: {
    packages: ["protocol", "store", "store-sqlite", "engine", "server"],
    node: "all",
    within: { test: ["@stepwell/testing"] },
  },
};

const scope = "@stepwell/";
/** Tests, and what is kept for them, run on Node whatever their package does. */
const isForTests = /\.test\.ts$|\.sim\.ts$|\.contract\.ts$|^test\//;
/** Only the server and what is above it deal in keys. */
const mayUseCrypto = new Set(["server", "cli"]);

/** One line for each import that the table does not allow. */
export function packageImportBreaks(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const [folder, name = "", ...inside] = file.path.split("/");
    if (folder !== "packages") return [];
    return file.imports.flatMap(({ from }) => {
      const reason = whyNot(name, inside.join("/"), from);
      return reason === undefined ? [] : [`${file.path} imports "${from}": ${reason}`];
    });
  });
}

function whyNot(name: string, path: string, from: string): string | undefined {
  if (from.startsWith(".")) return undefined;
  const rule = packageRules[name];
  if (rule === undefined) return `${name} has no line in scripts/rules/package-imports.ts`;
  if (rule.within?.[path.split("/")[0] ?? ""]?.includes(from) === true) return undefined;
  if (from.startsWith("node:")) return whyNotNode(name, rule, path, from.slice("node:".length));
  if (!from.startsWith(scope)) return undefined; // A library: package.json and knip watch over those.
  const target = from.slice(scope.length).split("/")[0] ?? "";
  if (target === name || rule.packages.includes(target)) return undefined;
  return `${name} may import ${rule.packages.length === 0 ? "nothing" : rule.packages.join(", ")}`;
}

function whyNotNode(name: string, rule: PackageRule, path: string, module: string): string | undefined {
  if (isForTests.test(path)) return undefined;
  if (module === "crypto" && !mayUseCrypto.has(name)) return "node:crypto stays with the server";
  if (rule.node === "all" || rule.node.includes(module.split("/")[0] ?? "")) return undefined;
  return `of Node's modules ${name} may import ${rule.node.length === 0 ? "none" : rule.node.join(", ")}`;
}

/** One line for each relative import that leaves its package: other packages are imported by name. */
export function strayImportBreaks(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, imports }) => {
    const home = homeOf(path);
    return imports
      .filter(({ from }) => from.startsWith(".") && homeOf(posix.join(posix.dirname(path), from)) !== home)
      .map(({ from }) => `${path} imports "${from}", which lies outside ${home === "" ? "the root" : home}`);
  });
}

/** The folder with its own package.json that a path belongs to. */
function homeOf(path: string): string {
  const [first = "", second = "", third] = path.split("/");
  if ((first === "packages" || first === "examples") && third !== undefined) return `${first}/${second}`;
  return second === "" ? "" : first;
}
