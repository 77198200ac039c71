#!/usr/bin/env node
// The `stepwell` command of an application that has this package and not, or not yet, the command line itself.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const name = "@stepwell/cli";

/** Where the command line's own program is, looked for from the folder that the command is called in. */
function findProgram(): string | undefined {
  let folder: string;
  try {
    folder = dirname(createRequire(join(process.cwd(), "package.json")).resolve(name));
  } catch {
    return undefined; // It is not installed.
  }
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly bin?: Readonly<Record<string, string>> };
  return bin?.["stepwell"] === undefined ? undefined : join(folder, bin["stepwell"]);
}

const program = findProgram();
if (program === undefined) {
  process.stderr.write(
    `The command line is a package of its own. Without installing it: npx ${name} ${process.argv.slice(2).join(" ") || "dev"}\n`,
  );
  process.exitCode = 1;
} else void import(pathToFileURL(program).href);
