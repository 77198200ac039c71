// `npm run footprint`: what an application pays for the SDK before it does anything, beside inngest@4: the packed tarball and the
// package of the registry, each installed alone. benchmarks/RESULTS.md keeps figures with their method.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll } from "@stepwell/packing";
import { adapters, bundleSize } from "./src/footprint/bundle-size.ts";
import { importTimes } from "./src/footprint/import-times.ts";
import { install, installedBytes } from "./src/footprint/install.ts";

const rounds = 25;
const folder = mkdtempSync(join(tmpdir(), "stepwell-footprint-"));

try {
  const tarball = (await packAll(join(folder, "packed"))).get("stepwell") ?? "";
  const contenders = [
    { title: "stepwell", package: "stepwell", client: "Stepwell", folder: install(join(folder, "ours"), { stepwell: `file:${tarball}` }) },
    { title: "inngest@4", package: "inngest", client: "Inngest", folder: install(join(folder, "theirs"), { inngest: "4.24.0" }) },
  ];
  for (const contender of contenders) {
    const { bytes, packages } = installedBytes(contender.folder);
    row(contender.title, "installed", `${kB(bytes)} in ${packages} package${packages === 1 ? "" : "s"}`);
    for (const adapter of [undefined, ...adapters]) {
      const { atStart, inOne } = await bundleSize(contender, adapter);
      const what = adapter === undefined ? "client alone" : `client and ${adapter}`;
      row(contender.title, `${what}, min+gzip`, `${kB(atStart)} at start, ${kB(inOne)} in one file`);
    }
  }
  for (const { title, wallMs, processorMs } of importTimes(contenders, rounds))
    row(title, `import, median of ${rounds}`, `${wallMs.toFixed(1)} ms, ${processorMs.toFixed(1)} ms of processor`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function kB(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}

function row(title: string, what: string, value: string): void {
  process.stdout.write(`${title.padEnd(12)} ${what.padEnd(32)} ${value}\n`);
}
