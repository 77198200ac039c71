import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const here = createRequire(import.meta.url);

/** A file of a package that this repository has installed. */
export function programOf(name: string, path: string): string {
  return join(dirname(here.resolve(`${name}/package.json`)), path);
}
