// What `init` and `new` need to know of the project they write into, read from its files.

import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CommandError, exitCodes } from "../exit-codes.ts";

export type Framework = "express" | "next";

/** How the modules of a project are written. */
export interface ModuleStyle {
  readonly isTypeScript: boolean;
  /** `import` rather than `require`. */
  readonly isEsm: boolean;
  /** What stands after the name of a module of its own that is imported: `.js`, `.ts`, or nothing. */
  readonly importSuffix: string;
}

export interface Manifest {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly main?: unknown;
  readonly scripts?: unknown;
  readonly dependencies?: unknown;
  readonly devDependencies?: unknown;
}

export interface Project {
  readonly folder: string;
  readonly manifestText: string;
  readonly manifest: Manifest;
  readonly framework: Framework;
  readonly style: ModuleStyle;
  /** `src` where the project keeps its sources there, else nothing. */
  readonly sourceFolder: string;
}

/** @throws {CommandError} There is no project, or none of a kind that is known; exit code 2. */
export function readProject(folder: string, wanted: string | undefined): Project {
  const file = join(folder, "package.json");
  if (!existsSync(file))
    throw new CommandError(exitCodes.usage, "usage", `there is no package.json in ${folder}`, [
      "Go to the folder of your project, or begin one with npm init.",
    ]);
  const manifestText = readFileSync(file, "utf8");
  const manifest = parseManifest(manifestText, file);
  return {
    folder,
    manifestText,
    manifest,
    framework: frameworkOf(manifest, wanted),
    style: moduleStyle(folder, manifest),
    sourceFolder: existsSync(join(folder, "src")) ? "src" : "",
  };
}

/** Of an application's id: its name without a scope. */
export function appIdOf({ manifest, folder }: Project): string {
  const name = typeof manifest.name === "string" && manifest.name !== "" ? manifest.name : basename(folder);
  return name.split("/").at(-1) ?? name;
}

export function moduleStyle(folder: string, manifest: Manifest): ModuleStyle {
  const config = readFile(join(folder, "tsconfig.json"));
  if (config !== undefined) return { isTypeScript: true, isEsm: true, importSuffix: suffixOf(config, manifest) };
  const isEsm = manifest.type === "module" || hasDependency(manifest, "next");
  // Next.js finds modules without a suffix, Node in ES modules does not.
  return { isTypeScript: false, isEsm, importSuffix: isEsm && !hasDependency(manifest, "next") ? ".js" : "" };
}

export function hasDependency({ dependencies, devDependencies }: Manifest, name: string): boolean {
  return [dependencies, devDependencies].some((list) => typeof list === "object" && list !== null && Object.hasOwn(list, name));
}

function parseManifest(text: string, file: string): Manifest {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, as anything else that is no manifest.
  }
  throw new CommandError(exitCodes.usage, "usage", `${file} is no JSON object`);
}

function frameworkOf(manifest: Manifest, wanted: string | undefined): Framework {
  if (wanted === "express" || wanted === "next") return wanted;
  if (wanted !== undefined)
    throw new CommandError(exitCodes.usage, "usage", `--framework is express or next, and not "${wanted}"`, [
      "For others see the adapters of the stepwell package: stepwell/hono, stepwell/fastify, stepwell/koa and so on.",
    ]);
  const found = (["next", "express"] as const).find((name) => hasDependency(manifest, name));
  if (found !== undefined) return found;
  throw new CommandError(exitCodes.usage, "usage", "package.json depends neither on express nor on next", [
    "Install one of them first, or name it: --framework express",
  ]);
}

/** By the settings that decide it. The file has comments and may extend others: what it says itself is enough. */
function suffixOf(config: string, manifest: Manifest): string {
  const text = config.replaceAll(/^\s*\/\/.*$/gm, "");
  if (/"allowImportingTsExtensions"\s*:\s*true/.test(text)) return ".ts";
  const resolution = /"moduleResolution"\s*:\s*"(\w+)"/i.exec(text)?.[1]?.toLowerCase();
  if (resolution === "bundler" || hasDependency(manifest, "next")) return "";
  const module = /"module"\s*:\s*"(\w+)"/i.exec(text)?.[1]?.toLowerCase() ?? "";
  const isNode = [resolution ?? "", module].some((value) => /^node(16|18|20|next)$/.test(value));
  return isNode && manifest.type === "module" ? ".js" : "";
}

function readFile(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
