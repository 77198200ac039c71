// Installs what is missing before a command of the repository runs, so that each is one command in a fresh clone.
// Plain JavaScript for any Node that npm runs on; it may use nothing that is installed.
"use strict";

const { createHash } = require("node:crypto");
const { execFileSync, spawnSync } = require("node:child_process");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
const stamp = join(root, "node_modules", ".stepwell-lock");
const nodeMin = [22, 13];

const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";

if (installed !== lock) {
  console.log(installed === "" ? "Installing dependencies (npm ci) …" : "The lock file has changed: installing anew (npm ci) …");
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith(".js") ? [process.execPath, npm] : [process.platform === "win32" ? "npm.cmd" : "npm"];
  const result = spawnSync(command[0], [...command.slice(1), "ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (result.status !== 0) {
    console.error(`error: npm ci failed\n${result.stderr || result.error || ""}`);
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

/** npm puts this folder first on the PATH of its scripts; the platform package of Node puts the repository's Node there. */
const bundled = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
const node = existsSync(bundled) ? bundled : process.execPath;
const version = execFileSync(node, ["--version"], { encoding: "utf8", shell: process.platform === "win32" }).trim();
const [major, minor] = version.slice(1).split(".").map(Number);
if (major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1])) {
  console.error(`error: Node ${nodeMin.join(".")} or later is needed, and ${node} is ${version} (node_too_old)`);
  console.error(
    "  The repository brings its own on Linux, macOS and Windows: remove node_modules and run this again without --omit=optional.",
  );
  process.exit(1);
}
