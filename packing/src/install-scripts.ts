import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildScripts } from "./build-scripts.ts";
import { publishedManifest } from "./published-manifest.ts";
import { publishedPackages } from "./published-packages.ts";
import { readManifest } from "./source-manifest.ts";

/** Puts the SDK's scripts, as they are published, into an application's folder: all that its bundler looks at, in a second. */
export async function installScripts(application: string): Promise<void> {
  const plan = publishedPackages.find(({ folder }) => folder === "sdk");
  if (plan === undefined) throw new Error("the SDK is not among the published packages");
  const manifest = readManifest(plan.folder);
  const folder = join(application, "node_modules", manifest.name);
  await buildScripts(plan, folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify(publishedManifest(plan, manifest)));
}
