// The whole gate, in order of speed. The first thing that fails ends it.

import { spawnSync } from "node:child_process";

const steps: readonly (readonly [string, readonly string[]])[] = [
  ["format and lint", ["biome", "ci", "--error-on-warnings", "."]],
  ["types", ["tsc", "-p", "tsconfig.json"]],
  ["types of the documentation's examples", ["tsc", "-p", "docs/examples"]],
  ["dead code", ["knip"]],
  ["tests", ["node", "scripts/test.ts"]],
  ["the packages as they are published, installed", ["vitest", "run", "--config", "packing/vitest.config.ts"]],
  ["a minute of simulation", ["node", "packages/engine/simulation/main.ts", "--seconds", "60"]],
  ["the main job", ["node", "scripts/start.ts", "--once"]],
];

for (const [name, [command = "", ...args]] of steps) {
  const before = performance.now();
  const { status } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  const seconds = ((performance.now() - before) / 1_000).toFixed(1);
  process.stdout.write(`\n${status === 0 ? "ok" : "FAILED"}  ${name}  ${seconds} s\n\n`);
  if (status !== 0) process.exit(1);
}
