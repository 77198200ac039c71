#!/usr/bin/env node
// Plain JavaScript in an old dialect on purpose: an old Node must get as far as the checks below.
var parts = process.versions.node.split(".");
var major = Number(parts[0]);
var minor = Number(parts[1]);
var program = "../src/main.ts";

function refuse(needs) {
  var message = "Stepwell needs " + needs + ", and this is Node " + process.versions.node;
  var hint = "Install a newer Node and run the same line again; in this repository npm start brings its own";
  var isJson = process.argv.indexOf("--json") !== -1 || process.argv.indexOf("--jsonl") !== -1;
  var error = { code: "node_too_old", message: message, hint: hint, exit: 2 };
  process.stderr.write(isJson ? JSON.stringify({ error: error }) + "\n" : "error: " + message + " (node_too_old)\n  " + hint + "\n");
  process.exitCode = 2;
}

// What node:sqlite has to have came with 22.20 and 24.7; of those between there will be no later ones.
if (major < 22 || (major === 22 && minor < 20) || major === 23 || (major === 24 && minor < 7)) {
  refuse("Node 22.20 or later, and of 24 24.7 or later");
} else if (/\.ts$/.test(program) && !process.features.typescript) {
  // In a checkout the sources are run as they are, unless Node is told not to.
  refuse("a Node that runs TypeScript, to run from its sources");
} else {
  // Starting is most of what a short command does; compiled code of the last start is used again.
  import("node:module")
    .then(function (module) {
      if (module.enableCompileCache) module.enableCompileCache();
      return import(program);
    })
    .then(function (main) {
      return main.main(process.argv.slice(2));
    })
    .then(
      function (code) {
        process.exitCode = code;
      },
      function (error) {
        process.stderr.write("error: " + (error && error.stack ? error.stack : error) + "\n");
        process.exitCode = 1;
      },
    );
}
