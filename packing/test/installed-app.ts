import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { inject } from "vitest";
import { run } from "./run.ts";

export type PackageManager = "npm" | "pnpm";

export interface AppParts {
  /** Folders whose files it has, under `packing/test` or with their whole path. */
  readonly files: readonly string[];
  /** Packages of this repository that it depends on, from their tarballs; those that they need come along. */
  readonly packages: readonly string[];
  /** Dependencies from the registry. */
  readonly registry?: Readonly<Record<string, string>>;
  /** Names under which packages of this repository are installed: `{ inngest: "stepwell" }`. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly by?: PackageManager;
  /** Settings of pnpm. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Of its manifest. */
  readonly type?: "module" | "commonjs";
}

/** An application in a folder of its own, outside of the repository, with the packed packages installed. */
export class InstalledApp {
  readonly folder: string = mkdtempSync(join(tmpdir(), "stepwell-packed-"));

  static async install({ files, packages, registry = {}, aliases = {}, by = "npm", settings, type }: AppParts): Promise<InstalledApp> {
    const app = new InstalledApp();
    for (const from of files) cpSync(resolve(import.meta.dirname, from), app.folder, { recursive: true });
    const tarballs = Object.fromEntries(Object.entries(inject("tarballs")).map(([name, path]) => [name, `file:${path}`]));
    const dependencies = {
      ...registry,
      ...Object.fromEntries(packages.map((name) => [name, tarballs[name]])),
      ...Object.fromEntries(Object.entries(aliases).map(([alias, name]) => [alias, tarballs[name]])),
    };
    // What they need of each other is not in a registry yet.
    app.#write("package.json", {
      name: "app",
      private: true,
      ...(type === undefined ? {} : { type }),
      dependencies,
      ...(by === "npm" ? { overrides: tarballsBut(tarballs, packages) } : {}),
    });
    // JSON is YAML too.
    if (by === "pnpm") app.#write("pnpm-workspace.yaml", { overrides: tarballs, ...settings });
    if (by === "npm") await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], app.folder);
    else await run("pnpm", ["install", "--prefer-offline"], app.folder);
    return app;
  }

  /** Changes fields of its manifest. */
  editManifest(fields: Readonly<Record<string, unknown>>): void {
    const manifest = JSON.parse(readFileSync(join(this.folder, "package.json"), "utf8")) as object;
    this.#write("package.json", { ...manifest, ...fields });
  }

  #write(file: string, content: object): void {
    writeFileSync(join(this.folder, file), JSON.stringify(content, null, 2));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** npm wants no override of what the application depends on itself. */
function tarballsBut(tarballs: Readonly<Record<string, string>>, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tarballs).filter(([name]) => !names.includes(name)));
}
