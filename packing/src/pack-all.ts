import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildDeclarations } from "./build-declarations.ts";
import { buildScripts } from "./build-scripts.ts";
import { publishedManifest } from "./published-manifest.ts";
import { type PublishedPackage, publishedPackages } from "./published-packages.ts";
import { readManifest, repository } from "./source-manifest.ts";

/**
 * Builds the packages and packs them as they are published.
 *
 * @param folder - Where their files are laid out, and the tarballs beside them.
 * @returns The tarballs' paths by the packages' names.
 */
export async function packAll(folder: string): Promise<ReadonlyMap<string, string>> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [alone, together] = [publishedPackages.filter(inlinesOthers), publishedPackages.filter((plan) => !inlinesOthers(plan))];
  await Promise.all([
    ...publishedPackages.map((plan) => buildScripts(plan, join(folder, builtFolder(plan)))),
    buildDeclarations(together, folder, builtFolder),
    ...alone.map((plan) => buildDeclarations([plan], folder, builtFolder)),
  ]);
  return new Map(publishedPackages.map((plan) => [readManifest(plan.folder).name, packOne(plan, folder)]));
}

/** Its declarations hold those of another package, which the other packages import. */
function inlinesOthers({ bundled }: PublishedPackage): boolean {
  return bundled.some((name) => name.startsWith("@stepwell/"));
}

function builtFolder({ folder, layout }: PublishedPackage): string {
  return layout === "root" ? folder : `${folder}/dist`;
}

function packOne(plan: PublishedPackage, folder: string): string {
  const [from, to] = [join(repository, "packages", plan.folder), join(folder, plan.folder)];
  writeFileSync(join(to, "package.json"), `${JSON.stringify(publishedManifest(plan, readManifest(plan.folder)), null, 2)}\n`);
  for (const file of ["README.md", ...plan.files]) cpSync(join(from, file), join(to, file), { recursive: true });
  cpSync(join(repository, "LICENSE"), join(to, "LICENSE"));
  if (plan.files.includes("bin")) pointAtBuilt(join(to, "bin/stepwell.js"));
  const told = execFileSync("npm", ["pack", "--json", "--pack-destination", folder, to], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const [packed] = JSON.parse(told) as readonly { readonly filename: string }[];
  if (packed === undefined) throw new Error(`npm packed nothing of ${to}`);
  return join(folder, packed.filename);
}

/** The command starts the built program instead of the source. */
function pointAtBuilt(command: string): void {
  const text = readFileSync(command, "utf8");
  const built = text.replace('"../src/main.ts"', '"../dist/main.mjs"');
  if (built === text) throw new Error(`${command} does not name ../src/main.ts`);
  writeFileSync(command, built);
}
