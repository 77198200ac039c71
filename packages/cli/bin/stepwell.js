#!/usr/bin/env node
// Plain JavaScript in an old dialect on purpose: an old Node must get as far as the check below.
var parts = process.versions.node.split(".");
var major = Number(parts[0]);
var minor = Number(parts[1]);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    "error: Stepwell needs Node 22.13 or later, and this is Node " +
      process.versions.node +
      " (node_too_old)\n" +
      "  Install a newer Node and run this again, or in this repository: npm start\n",
  );
  process.exitCode = 2;
} else {
  // Starting is most of what a short command does; compiled code of the last start is used again.
  import("node:module").then((module) => {
    if (module.enableCompileCache) module.enableCompileCache();
    return import("../src/main.ts").then((main) =>
      main.main(process.argv.slice(2)).then((code) => {
        process.exitCode = code;
      }),
    );
  });
}
