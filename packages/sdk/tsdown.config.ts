import { defineConfig } from "tsdown";
import manifest from "./package.json" with { type: "json" };

/** `./deno/fresh` → `deno/fresh`, and `.` → `index`. */
const entries = Object.fromEntries(
  Object.entries(manifest.exports).map(([name, source]) => [name === "." ? "index" : name.slice(2), source]),
);

export default defineConfig({
  entry: { ...entries, bin: "bin/stepwell.ts" },
  format: ["esm", "cjs"],
  outDir: "dist",
  tsconfig: "tsconfig.build.json",
  // Runs on Node 20, Bun, Deno and workers: nothing of Node is there but where a file asks for it by name.
  platform: "neutral",
  target: "es2022",
  fixedExtension: true,
  dts: true,
  clean: true,
  // What the SDK takes of the protocol is a part of it: applications install one package without dependencies.
  deps: { alwaysBundle: [/^@stepwell\//], neverBundle: [/^node:/] },
});
