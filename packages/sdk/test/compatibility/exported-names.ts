// What packages export, read from their declarations and sources.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const own = fileURLToPath(new URL("../../", import.meta.url));

/** `types` and `values` by subpath. */
export type Exports = ReadonlyMap<string, ReadonlyMap<string, "type" | "value">>;

type Target = string | { readonly types?: Target; readonly import?: Target };

/** Of an official package, which the conformance tests have installed. */
export function officialExports(name: "inngest" | "inngest-v3"): Exports {
  const folder = join(repository, "conformance/node_modules", name);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, Target>>;
  };
  return new Map(
    Object.entries(exports)
      .filter(([subpath]) => !subpath.endsWith("package.json"))
      .map(([subpath, target]) => [subpath, namesOf(join(folder, declarationsOf(target)))]),
  );
}

function declarationsOf(target: Target): string {
  if (typeof target === "string") return target.replace(/\.(?:c|m)?js$/, ".d.ts");
  return declarationsOf(target.types ?? target.import ?? "");
}

/** Of this package, from its sources. */
export function ownExports(): Exports {
  const { exports } = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as { readonly exports: Readonly<Record<string, string>> };
  return new Map(Object.entries(exports).map(([subpath, source]) => [subpath, namesOf(join(own, source))]));
}

function namesOf(file: string): ReadonlyMap<string, "type" | "value"> {
  // Examples in comments export things too.
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const names = new Map<string, "type" | "value">();
  for (const [, isType, list = ""] of text.matchAll(/export (type )?\{([^}]*)\}/g))
    for (const entry of list
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "")) {
      const [first = "", last] = entry.replace(/^type /, "").split(" as ");
      names.set((last ?? first).trim(), isType !== undefined || entry.startsWith("type ") ? "type" : "value");
    }
  for (const [, name = ""] of text.matchAll(/export \* as (\w+) from/g)) names.set(name, "value");
  for (const [, kind = "", name = ""] of text.matchAll(
    /^export (?:declare )?(?:abstract )?(const|function|class|interface|type|namespace|enum) (\w+)/gm,
  ))
    if (names.get(name) !== "value") names.set(name, /^(?:interface|type|namespace)$/.test(kind) ? "type" : "value");
  if (/^export default/m.test(text)) names.set("default", "value");
  if (text.includes('export * from "@inngest/ai"')) for (const [name, kind] of namesOfModels()) names.set(name, kind);
  return names;
}

/** The package of models has one file for each; the index of a folder exports them all. */
function namesOfModels(): ReadonlyMap<string, "type" | "value"> {
  const folder = join(repository, "node_modules/@inngest/ai/dist");
  const names = new Map<string, "type" | "value">([["models", "value"]]);
  for (const part of ["models", "adapters"]) {
    const index = join(folder, part, "index.d.ts");
    for (const [, target = ""] of readFileSync(index, "utf8").matchAll(/from "(\.[^"]+)"/g)) {
      const file = join(dirname(index), target.replace(/\.js$/, ".d.ts"));
      if (existsSync(file)) for (const [name, kind] of namesOf(file)) names.set(name, kind);
    }
  }
  names.set("AiAdapter", "type");
  names.set("AiAdapters", "type");
  return names;
}

/** The sources of this package's tests, to see that what is said to be tested is named in one. */
export function testSources(): string {
  const texts: string[] = [];
  const read = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== "dist") read(path);
      else if (entry.name.endsWith(".test.ts")) texts.push(readFileSync(path, "utf8"));
    }
  };
  read(own);
  return texts.join("\n");
}
