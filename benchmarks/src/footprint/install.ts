import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An application with these dependencies and nothing else. */
export function install(folder: string, dependencies: Readonly<Record<string, string>>): string {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "app", private: true, dependencies }));
  execFileSync("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder, stdio: "ignore" });
  return folder;
}

export function installedBytes(folder: string): { readonly bytes: number; readonly packages: number } {
  const modules = join(folder, "node_modules");
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return {
    bytes: files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0),
    packages: globSync(["**/node_modules/*/package.json", "**/node_modules/@*/*/package.json"], { cwd: folder }).length,
  };
}
