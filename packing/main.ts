// `npm run pack`: builds the packages as they are published, into packing/dist.

import { statSync } from "node:fs";
import { join } from "node:path";
import { packAll } from "./src/pack-all.ts";

for (const [name, tarball] of await packAll(join(import.meta.dirname, "dist")))
  process.stdout.write(`${name.padEnd(24)} ${String(Math.round(statSync(tarball).size / 1_024)).padStart(5)} KiB  ${tarball}\n`);
